import asyncio
async def forever():
    try:
        await asyncio.sleep(100)
    finally:
        print("cancelled")
async def main():
    t = asyncio.create_task(forever())
    await asyncio.sleep(0)
    raise ValueError("out")
asyncio.run(main())
