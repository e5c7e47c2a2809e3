"""The ledger to read: balances, the transfers behind them, and the proof that nothing was changed."""
