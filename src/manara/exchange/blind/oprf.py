"""The verifiable oblivious function of RFC 9497: ristretto255-SHA512, mode VOPRF.

One side holds a key, the other an input. The other learns the function's value, the one learns
nothing, and a proof shows that the key was the one that was promised.
"""

from __future__ import annotations

from collections.abc import Sequence

from voprf import ristretto

from manara.model import ExchangeError

#: Name of the suite, so that a change is noticed.
SUITE = "ristretto255-SHA512"
#: Length of an element and of a proof, in bytes.
ELEMENT, PROOF = 32, 64


class Evaluator:
    """The side with the key.

    Args:
        seed: 32 secret bytes.
        info: what the key is for (RFC 9497, section 3.2.1); another text gives another key.
    """

    def __init__(self, seed: bytes, info: bytes) -> None:
        self._evaluator = ristretto.Evaluator.from_seed(seed, info)

    @property
    def public(self) -> bytes:
        """The public key, which proofs are checked with."""
        return self._evaluator.public_key.serialize()

    def output(self, text: bytes) -> bytes:
        """Return the function's value for an input that is known (section 3.3.1, Evaluate)."""
        return self._evaluator.evaluate_known_input(text)

    def evaluate(self, elements: bytes) -> bytes:
        """Return the evaluation of blinded elements, and the proof for all (section 3.3.2).

        Args:
            elements: several of `ELEMENT` bytes, one behind the other.

        Returns:
            the proof and the evaluated elements in the same order.

        Raises:
            ExchangeError: one is no element of the group.
        """
        try:
            parts = [elements[at : at + ELEMENT] for at in range(0, len(elements), ELEMENT)]
            blinded = [ristretto.BlindedInput.deserialize(part) for part in parts]
        except ValueError as error:
            raise ExchangeError(str(error), rule="form", where="blinded element") from error
        return self._evaluator.evaluate_batch(blinded).serialize()


class Blinding:
    """The side with the inputs: they are blinded by chance, anew each time.

    Args:
        texts: the inputs.

    Attributes:
        elements: what is shown to the other side; tells nothing of the inputs.
    """

    def __init__(self, texts: Sequence[bytes]) -> None:
        pairs = [ristretto.Client.blind(text) for text in texts]
        self._clients = [client for client, _ in pairs]
        self.elements = b"".join(blinded.serialize() for _, blinded in pairs)

    def finish(self, evaluation: bytes, public: bytes) -> list[bytes]:
        """Return the function's values for the inputs (section 3.3.2, Finalize).

        Args:
            evaluation: what `Evaluator.evaluate` gave.
            public: the promised public key.

        Raises:
            ExchangeError: the evaluation is none, or was made with another key.
        """
        try:
            output = ristretto.VerifiableBatchOutput.deserialize(evaluation)
            key = ristretto.PublicKey.deserialize(public)
        except ValueError as error:
            raise ExchangeError(str(error), rule="form", where="evaluation") from error
        try:
            if len(evaluation) != PROOF + len(self.elements):
                raise ValueError
            return ristretto.Client.finalize_batch(self._clients, output, key)
        except ValueError as error:
            raise _other_key() from error
        except BaseException as error:
            # Version 0.2 panics over a false proof, which comes here outside of Exception.
            if type(error).__name__ != "PanicException":
                raise
            raise _other_key() from error


def _other_key() -> ExchangeError:
    return ExchangeError(
        "the proof does not hold: it was not answered with the key that was promised",
        rule="second-key",
        where="evaluation",
        remedy="take it up with the partner; its answer and its table are evidence",
    )
