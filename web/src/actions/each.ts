/** The same call for many things, a few at a time, without one's failure stopping the others. */

const AT_ONCE = 6;

export async function eachOf<T>(
  things: readonly T[],
  call: (thing: T) => Promise<unknown>,
): Promise<{ done: number; errors: unknown[] }> {
  const errors: unknown[] = [];
  let next = 0;
  let done = 0;
  async function work(): Promise<void> {
    for (let thing = things[next++]; thing !== undefined; thing = things[next++]) {
      try {
        await call(thing);
        done += 1;
      } catch (error) {
        errors.push(error);
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, things.length) }, work));
  return { done, errors };
}
