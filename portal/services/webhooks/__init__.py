"""Webhooks (回调): agencies' own systems are told what happened, by signed requests that are tried until they come."""
