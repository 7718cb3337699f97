"""The simulated cloud: the service's REST contract over simulated queues, in virtual time."""
