"""Contacts 外部联系人: who has which guide in WeCom.

WeCom's answer about a person is the truth; a callback is the reason to ask. Whoever came and went before anybody asked
was a contact all the same. A contact whose only callback was lost is found with the next one of that person.
"""
