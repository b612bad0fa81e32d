"""What fast means here, measured (`make bench`): each figure beside a limit of the same run on the same machine."""
