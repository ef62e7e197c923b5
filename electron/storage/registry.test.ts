import { describe, expect, test } from 'vitest';
import { BUILT_IN_BACKENDS } from './built-in.ts';
import { memoryBackend } from './backends/memory/definition.ts';
import { Registry } from './registry.ts';

describe('the registry', () => {
  test('knows the built-in backends by name', () => {
    const registry = new Registry(BUILT_IN_BACKENDS);
    expect(registry.list().map(({ name }) => name)).toEqual(BUILT_IN_BACKENDS.map(({ name }) => name));
    expect(registry.get('http').name).toBe('http');
  });

  test.each(['gopher', '', 'toString', '__proto__', 'LOCAL'])('an unknown name %j lists the known ones', (name) => {
    const registry = new Registry(BUILT_IN_BACKENDS);
    expect(() => registry.get(name)).toThrow(`Unknown backend ${JSON.stringify(name)}. Known: ${BUILT_IN_BACKENDS.map((each) => each.name).join(', ')}.`);
  });

  test('nobody takes a name that is taken', () => {
    const registry = new Registry([memoryBackend]);
    expect(() => registry.register({ ...memoryBackend })).toThrow('"memory" is there already');
    expect(registry.get('memory')).toBe(memoryBackend);
  });

  test.each(['', 'Web', 'web_thing', '9p', '-x', 'a'.repeat(41), 'web/thing'])('%j is no name', (name) => {
    expect(() => new Registry().register({ ...memoryBackend, name })).toThrow('cannot name a backend');
  });
});
