"""The edge: requests in, answers and problems out, each POST safe to repeat."""

from shared.http.doors import Answering, Asking, Data, Doors, Reading, Spoken, Who

__all__ = ["Answering", "Asking", "Data", "Doors", "Reading", "Spoken", "Who"]
