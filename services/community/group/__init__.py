"""Groups 社群 and who is in them.

Membership is what WeCom's group detail says. A callback is a reason to look; where it only takes people out and
its `LastMemVer` is the version that is stored, it is followed to its `CurMemVer` without asking. A detail that a
callback has told to be left behind is asked for again, a few times; then it is taken as it is.

A callback that was lost is made up for by the next one of its group. A lost *last* callback is found by the sweep:
every `sweep_s` seconds (a setting of the corp, 600 by default) all groups are listed, and each is read within the half
of that time. So whatever was lost, membership is true again within one and a half `sweep_s`: 15 minutes by default,
as long as WeCom answers and shows what is.
"""
