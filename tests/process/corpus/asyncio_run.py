import asyncio
async def main():
    p = await asyncio.create_subprocess_exec("echo", "from a child")
    await p.wait()
    await asyncio.sleep(0.01)
    print(await asyncio.to_thread(lambda: "thread"))
asyncio.run(main())
