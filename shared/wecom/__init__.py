"""WeCom's (企业微信) side of the wire: encrypted callbacks and the changes that they tell."""
