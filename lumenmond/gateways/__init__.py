"""The two programs that sshd starts for agents and invites, whatever they ask for."""
