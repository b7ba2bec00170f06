import asyncio

from vutler_operator.handlers.process import end_all


async def deaf_once() -> None:
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        await asyncio.Event().wait()


async def test_a_task_that_lost_its_cancellation_is_cancelled_again() -> None:
    tasks = {asyncio.create_task(deaf_once()), asyncio.create_task(asyncio.sleep(60))}
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        await end_all(tasks)
    assert all(task.cancelled() for task in tasks)
