"""Whether a deployment may mail strangers: pure checks of what SES, DNS, bundle and doors say."""
