"""Block Kit as Slack checks it: what is wrong with blocks and views, in Slack's words."""
