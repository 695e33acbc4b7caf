import { describe, expect, test } from 'vitest';
import { AbortedError, OverloadedError, UnavailableError } from '../../../server/inference/errors.js';
import { type Batch, type Runner, Scheduler, type SchedulerOptions } from '../../../server/inference/scheduler.js';

/** Runs when it is told to, and notes what came together. */
class ManualRunner implements Runner {
  ready = true;
  ahead = 0;
  readonly batches: { queue: string; inputs: unknown[] }[] = [];
  #finish: ((error?: Error) => void)[] = [];

  run(queue: string, inputs: (readonly unknown[])[]) {
    this.batches.push({ queue, inputs: inputs.flat() });
    return new Promise<Batch>((resolve, reject) => {
      const outputs = inputs.map((list) => list.map((input) => `out ${input}`));
      this.#finish.push((error) => (error ? reject(error) : resolve({ outputs, prepareMs: 0, runMs: 1 })));
    });
  }

  async finish(error?: Error): Promise<void> {
    this.#finish.shift()!(error);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function setUp(options: Partial<SchedulerOptions> = {}) {
  const runner = new ManualRunner();
  const scheduler = new Scheduler([runner], {
    batchSize: 4,
    batchWaitMs: 0,
    batchTargetMs: 100,
    queueSize: 8,
    ...options,
  });
  return { runner, scheduler };
}

const inputsOf = ({ batches }: ManualRunner) => batches.map(({ inputs }) => inputs.join(' '));

describe('Scheduler', () => {
  test('what waits while the runner is busy shares the next batch, up to its size', async () => {
    const { runner, scheduler } = setUp();
    const answers = ['a', 'b', 'c', 'd', 'e', 'f'].map((input) => scheduler.submit('text', [input]));
    while (runner.batches.length < 3) await runner.finish();
    await runner.finish();
    expect(inputsOf(runner)).toEqual(['a', 'b c d e', 'f']);
    expect((await Promise.all(answers)).map(({ outputs }) => outputs)).toEqual([
      ['out a'],
      ['out b'],
      ['out c'],
      ['out d'],
      ['out e'],
      ['out f'],
    ]);
  });

  test('other work comes in between the answers of a large batch', async () => {
    const { runner, scheduler } = setUp({ batchSize: 16, queueSize: 16 });
    const first = scheduler.submit('text', ['a']);
    let answered = 0;
    const others = Array.from({ length: 12 }, () => scheduler.submit('text', ['b']).then(() => answered++));
    await runner.finish();
    await first;
    expect(runner.batches[1]!.inputs).toHaveLength(12);
    const seen: number[] = [];
    const look = (): void => {
      seen.push(answered);
      if (answered < 12) setImmediate(look);
    };
    setImmediate(look);
    await runner.finish();
    await Promise.all(others);
    expect(seen.filter((count) => count > 0 && count < 12).length).toBeGreaterThan(1);
  });

  test('graphs take turns in the order in which their work came', async () => {
    const { runner, scheduler } = setUp();
    const work = [
      ['match', 1],
      ['match', 2],
      ['text', 3],
      ['match', 4],
    ] as const;
    const answers = work.map(([queue, input]) => scheduler.submit(queue, [input, input, input]));
    for (let i = 0; i < 4; i++) await runner.finish();
    await Promise.all(answers);
    expect(runner.batches.map(({ queue }) => queue)).toEqual(['match', 'match', 'text', 'match']);
  });

  test('people go before an import that came earlier', async () => {
    const { runner, scheduler } = setUp({ batchSize: 1 });
    const answers = [
      scheduler.submit('image', ['first'], { priority: 'import' }),
      scheduler.submit('image', ['bulk'], { priority: 'import' }),
      scheduler.submit('image', ['person']),
    ];
    for (let i = 0; i < 3; i++) await runner.finish();
    await Promise.all(answers);
    expect(inputsOf(runner)).toEqual(['first', 'person', 'bulk']);
  });

  test('a full queue refuses people and says when to come back; an import, which bounds itself, may wait', async () => {
    const { runner, scheduler } = setUp({ queueSize: 2 });
    const running = scheduler.submit('text', ['running']);
    const waiting = scheduler.submit('text', ['a', 'b']);
    const refused = await scheduler.submit('text', ['c']).catch((error) => error);
    expect(refused).toBeInstanceOf(OverloadedError);
    expect(refused.retrySeconds).toBeGreaterThanOrEqual(1);
    const bulk = scheduler.submit('text', ['d', 'e', 'f'], { priority: 'import' });
    expect(scheduler.depths().get('text')).toBe(5);
    for (let i = 0; i < 3; i++) await runner.finish();
    await Promise.all([running, waiting, bulk]);
  });

  test('work of a client that left is dropped unless it runs already', async () => {
    const { runner, scheduler } = setUp();
    const left = new AbortController();
    const running = scheduler.submit('text', ['running'], { signal: left.signal });
    const waiting = scheduler.submit('text', ['waiting'], { signal: left.signal });
    left.abort();
    await expect(waiting).rejects.toBeInstanceOf(AbortedError);
    await runner.finish();
    expect((await running).outputs).toEqual(['out running']);
    await expect(scheduler.submit('text', ['late'], { signal: left.signal })).rejects.toBeInstanceOf(AbortedError);
    expect(inputsOf(runner)).toEqual(['running']);
  });

  test('a failed batch fails its work and nothing else', async () => {
    const { runner, scheduler } = setUp();
    const bad = expect(scheduler.submit('text', ['bad'])).rejects.toThrow('it ended');
    const good = scheduler.submit('text', ['good']);
    await runner.finish(new UnavailableError('it ended'));
    await runner.finish();
    await bad;
    expect((await good).outputs).toEqual(['out good']);
  });

  test('nothing starts while no runner is ready; it starts when one is', async () => {
    const { runner, scheduler } = setUp();
    runner.ready = false;
    const waiting = scheduler.submit('text', ['a']);
    expect(runner.batches).toEqual([]);
    runner.ready = true;
    scheduler.pump();
    await runner.finish();
    expect((await waiting).outputs).toEqual(['out a']);
  });

  test('a runner that works ahead has a full batch waiting, but leaves a small one open for others', async () => {
    const { runner, scheduler } = setUp();
    runner.ahead = 1;
    const full = [1, 2].map((n) => scheduler.submit('match', [n, n, n, n]));
    const small = ['a', 'b'].map((input) => scheduler.submit('text', [input]));
    expect(inputsOf(runner)).toEqual(['1 1 1 1', '2 2 2 2']);
    for (let i = 0; i < 3; i++) await runner.finish();
    await Promise.all([...full, ...small]);
    expect(inputsOf(runner)).toEqual(['1 1 1 1', '2 2 2 2', 'a b']);
  });

  test('an idle runner gets a batch before one that works gets another ahead', async () => {
    const runners = [new ManualRunner(), new ManualRunner()] as const;
    for (const runner of runners) runner.ahead = 1;
    const scheduler = new Scheduler(runners, { batchSize: 2, batchWaitMs: 0, batchTargetMs: 100, queueSize: 8 });
    const answers = [1, 2, 3].map((n) => scheduler.submit('match', [n, n]));
    expect(runners.map(inputsOf)).toEqual([['1 1', '3 3'], ['2 2']]);
    for (const runner of [runners[1], runners[0], runners[0]]) await runner.finish();
    await Promise.all(answers);
  });

  test('with a wait, a batch that is not full lets others join', async () => {
    const { runner, scheduler } = setUp({ batchWaitMs: 20 });
    const answers = ['a', 'b'].map((input) => scheduler.submit('text', [input]));
    while (runner.batches.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await runner.finish();
    await Promise.all(answers);
    expect(inputsOf(runner)).toEqual(['a b']);
  });

  /** Runs at once, and says that a batch of so many inputs took so many milliseconds. */
  const timed = (msOf: (size: number) => number): Runner => ({
    ready: true,
    ahead: 0,
    run: async (_queue, inputs) => {
      return { outputs: inputs.map((list) => [...list]), prepareMs: 0, runMs: msOf(inputs.flat().length) };
    },
  });
  const TIMES = { batchSize: 32, batchWaitMs: 0, batchTargetMs: 100, queueSize: 800 };

  test('batches become as large as fits the time they may take', async () => {
    const scheduler = new Scheduler([timed((size) => 30 * size)], TIMES);
    await scheduler.submit('match', [1]);
    expect(scheduler.batchLimit('match')).toBe(3);
  });

  test('and find their size where most of a run is the same for any number of inputs, after a slow start too', async () => {
    const first = [500];
    const scheduler = new Scheduler([timed((size) => first.shift() ?? 60 + 4 * size)], TIMES);
    const sizes: number[] = [];
    for (let n = 0; n < 20; n++) {
      const limit = scheduler.batchLimit('answer');
      sizes.push(limit);
      await scheduler.submit('answer', Array(limit).fill(n));
    }
    expect(sizes.slice(0, 3)).toEqual([4, 1, 2]);
    // 10 inputs take 100 ms.
    for (const size of sizes.slice(-5)) expect([9, 10, 11]).toContain(size);
  });

  test('closing rejects what waits and what comes', async () => {
    const { scheduler } = setUp();
    void scheduler.submit('text', ['running']);
    const waiting = scheduler.submit('text', ['waiting']);
    scheduler.close();
    await expect(waiting).rejects.toBeInstanceOf(UnavailableError);
    await expect(scheduler.submit('text', ['late'])).rejects.toBeInstanceOf(UnavailableError);
  });
});
