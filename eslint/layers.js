/**
 * The one-way imports of docs/architecture.md as data: for each package, the Ring packages it may import.
 * `testkit` may be imported by tests (and by `scenarios`) only.
 */
const platform = ['platform']
const transport = [...platform, 'transport']
const agreement = [...transport, 'register', 'discovery']

export const layers = {
  platform: [],
  placement: [],
  config: [],
  testkit: platform,
  transport: platform,
  register: transport,
  discovery: transport,
  gms: agreement,
  scenarios: [...agreement, 'gms', 'merge', 'testkit'],
  merge: [...agreement, 'gms'],
  messaging: [...transport, 'placement'],
  node: [...agreement, 'gms', 'merge', 'placement', 'messaging', 'config'],
  bench: [...agreement, 'gms', 'placement', 'messaging', 'config', 'node'],
}
