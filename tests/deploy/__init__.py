"""What is deployed, checked by the tools of those who deploy (`make test-deploy`)."""
