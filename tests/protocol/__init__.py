"""The job's chart, the service and the network as one model, explored completely."""
