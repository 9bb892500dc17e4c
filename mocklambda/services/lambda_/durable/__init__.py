"""Durable executions: one run of a durable function over many invocations, with what it checkpoints on the way.

Theory of operation. A handler runs until it has nothing to do but wait, and answers PENDING; what it has done so
far is in its checkpoints. When something that it waits for has come about (a wait is over, a callback was
answered, a chained function is done), it is invoked anew, with all checkpoints in its event, and its SDK replays
up to where it was. At most one invocation of an execution is under way at a time.

``operation`` what is checkpointed · ``checkpoint_rules`` what a checkpoint must be · ``checkpoints`` what it does ·
``execution`` the state of one execution · ``runs`` its invocations · ``completions`` what ends what it waits for ·
``pauses`` pause and resume · ``chained`` functions that it invokes · ``envelope`` the event a handler gets, and what
it answers · ``executions`` all of an account and region · ``starts`` whether an invocation makes one · ``terms`` what
they may take · ``views`` how replies and events tell of them · ``status_events`` what EventBridge hears.
"""
