"""A community to try things out in: Through My Eyes, with a week of talk behind it and people who answer."""
