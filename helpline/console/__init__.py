"""The call-takers' screen: what waits, what is mine, what I am talking about."""
