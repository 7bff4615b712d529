"""The only code that runs as root on the console: accounts, invites and sshd's configuration."""
