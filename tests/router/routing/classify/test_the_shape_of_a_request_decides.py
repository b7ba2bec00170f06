import pytest

from vutler_router.routing.classify import classify

CODE = (
    "```python\nprint(sorted(rows))\n```\nwhat is wrong here",
    "Traceback (most recent call last):\n  File \"app.py\", line 3\nKeyError: 'name'",
    "SELECT name FROM users WHERE age > 30 is slow",
    "find . -name '*.tmp' -delete, is this safe?",
    "docker run exits with code 137",
    "const total = items.reduce((a, b) => a + b, 0); how do I type this?",
    "Given an array nums, return the longest increasing run.\n\nExample 1:\nInput: nums = [1,2,1]\nOutput: 2",
    "<div class='row'><span>hi</span></div> the span is not centred",
    "rename getUserName to userName in UserService.java",
)
REASONING = (
    "Solve 3x + 4 = 19",
    "Let $f(x)=\\frac{1}{x}$. Find $f'(2)$.",
    "Nina has 12 beads and gives 5 away. How many beads are left?",
    "A car drives 150 km in 2 hours. What is its average speed?",
    "Which one is heavier?\n(A) a litre of oil\n(B) a litre of water\n(C) both\n(D) neither",
    "2, 3, 5, 8, 12, ... what comes next?",
    "If all bloops are razzies and no razzie is blue, can a bloop be blue?",
    "Why do metals conduct electricity?",
)
CONVERSATION = (
    "hello there",
    "I had an awful day",
    "are you a robot?",
    "tell me a joke",
    "Write a thank-you note to my neighbour",
    "What should we eat tonight?",
    "haha good one",
    "\N{SMILING FACE WITH SMILING EYES}",
)


@pytest.mark.parametrize("text", CODE)
def test_code_is_known_by_its_shape_and_words(text: str) -> None:
    assert classify(text) == "code"


@pytest.mark.parametrize("text", REASONING)
def test_reasoning_is_known_by_its_shape_and_words(text: str) -> None:
    assert classify(text) == "reasoning"


@pytest.mark.parametrize("text", CONVERSATION)
def test_conversation_is_known_by_its_shape_and_words(text: str) -> None:
    assert classify(text) == "conversation"
