import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PodProcess, startPod, until } from '../support/pod-process.js';
import { BUNDLE_2, ServingWorld } from '../support/serving-world.js';

const PAGE = readFileSync(new URL('../../docs/serving.md', import.meta.url), 'utf8');

interface Example {
  readonly command: string;
  /** What the page says comes back; null where it does not say. */
  readonly answer: unknown;
}

/** Every curl of the page, with the JSON block that follows it. */
function examplesOf(page: string): Example[] {
  const blocks = [...page.matchAll(/```sh\n([\s\S]*?)```\n(?:```json\n([\s\S]*?)```)?/g)];
  return blocks.flatMap(([, commands, json]) => {
    const curls = commands!.split(/\n(?=curl )/).filter((command) => command.startsWith('curl '));
    return curls.map((command) => ({ command, answer: curls.length === 1 && json ? JSON.parse(json) : null }));
  });
}

/** The shape of a JSON value: names and types. An ellipsis stands for whatever is there. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? expect.any(Array) : value.map(shapeOf);
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value);
    if (entries.some(([name]) => name.includes('…'))) return expect.any(Object);
    return Object.fromEntries(entries.map(([name, each]) => [name, shapeOf(each)]));
  }
  if (value === null) return null;
  return typeof value === 'number' ? expect.any(Number) : typeof value === 'string' ? expect.any(String) : value;
}

describe('docs/serving.md', () => {
  let world: ServingWorld;
  let pod: PodProcess;
  beforeAll(async () => {
    world = await ServingWorld.create();
    await world.fillOnlineStore();
    await world.publish(world.manifest([await world.addPackage({ version: 2, bias: 2, bundle: BUNDLE_2 })]));
    pod = await startPod(world.podArguments('pod-1'));
    await until(async () => ((await fetch(`${pod.address}/readyz`)).status === 200 ? true : null));
  });
  afterAll(async () => {
    pod?.process.kill('SIGKILL');
    await world?.remove();
  });

  const examples = examplesOf(PAGE);

  it('has examples of every endpoint', () => {
    const all = examples.map(({ command }) => command).join('\n');
    for (const path of ['/predict', '/v1/outcomes', '/v1/features', '/infer', '/readyz', '/v1/status', '/metrics']) {
      expect(all).toContain(path);
    }
  });

  it.each(examples)('shows what really comes back: $command', async ({ command, answer }) => {
    const { stdout } = await promisify(execFile)('sh', [
      '-c',
      command.replaceAll('http://127.0.0.1:8080', pod.address),
    ]);
    if (command.includes('/metrics')) {
      for (const name of PAGE.match(/signalbox_[a-z_]+/g) ?? []) expect(stdout).toContain(name);
    } else if (answer !== null) expect(JSON.parse(stdout)).toEqual(shapeOf(answer));
    else JSON.parse(stdout);
  });
});
