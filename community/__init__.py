"""Who comes together and why: communities, people, standing, invitations and sign-in."""
