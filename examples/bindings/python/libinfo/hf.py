"""A report of a causal model from its logits and hidden states, for users of transformers.

    report = libinfo.hf.report(model, tokenizer, open('story.txt').read())
"""
from dataclasses import dataclass

import numpy as np

import libinfo


@dataclass(frozen=True)
class Report:
    """What a text costs a model, and what its layers make of it."""
    tokens: int
    nll: float  # mean, nats a token
    perplexity: float
    bits_per_byte: float
    entropy: float  # mean of the predictions', nats
    top_1: float  # share of tokens that the model held the most probable
    effective_rank: tuple  # of each layer's hidden states, the embedding's first


def from_activations(logits, tokens, hidden=(), text_bytes=0):
    """The report of one text from a model's outputs.

    logits: [tokens, V], row i being what was predicted after token i; tokens: the text's tokens; hidden: the states
    [tokens, d] of each layer; text_bytes: bytes of UTF-8 that the scored tokens stand for, 0 if not known."""
    targets = np.asarray(tokens)[1:].astype(np.int64)
    rows = logits[:-1]
    measures = libinfo.logits_measure(rows, targets, measures=('log_probability', 'entropy', 'rank'))
    result = libinfo.perplexity(rows, targets)
    nats = -float(np.sum(measures.log_probability))
    ranks = tuple(float(libinfo.effective_rank(states).out[0]) for states in hidden)
    return Report(tokens=len(targets), nll=nats / len(targets), perplexity=result.perplexity,
                  bits_per_byte=nats / np.log(2) / text_bytes if text_bytes else float('nan'),
                  entropy=float(np.mean(measures.entropy)), top_1=float(np.mean(measures.rank == 1)),
                  effective_rank=ranks)


def report(model, tokenizer, text):
    """The report of a text by a transformers model and its tokenizer, in one forward pass."""
    import torch
    inputs = tokenizer(text, return_tensors='pt')
    with torch.no_grad():
        out = model(**inputs, output_hidden_states=True)
    tokens = inputs['input_ids'][0]
    scored = tokenizer.decode(tokens[1:], skip_special_tokens=True)
    return from_activations(out.logits[0].float(), tokens.numpy(), [states[0].float() for states in out.hidden_states],
                            len(scored.encode()))
