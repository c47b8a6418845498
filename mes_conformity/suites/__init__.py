"""What a test is: suites as data, and the pure judgement of what was recorded."""
