"""The ledger: batches behind one chain of hashes, its lines, its balances and its trail."""
