"""The outside world on one machine: WeCom (企业微信) and the mini-program's log-in, without an account anywhere.

It speaks their wire: paths, error codes, limits, encrypted callbacks. What people do (scan, join, leave)
comes in by the control routes under /emulator, which also make the weather: callbacks lost, repeated, out of order. As
in WeCom, what people do is told by callbacks, what the API does is not.
"""
