"""The REST contract over the embedded QPUs."""
