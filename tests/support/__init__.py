"""What the black-box tests share: a server to talk to, and strict ways to talk to it."""
