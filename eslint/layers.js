/**
 * The one-way imports of docs/architecture.md as data: for each package, the Ring packages it may import.
 * `testkit` may be imported by tests (and by `scenarios`) only.
 */
export const layers = {
  platform: [],
  placement: [],
  config: [],
  testkit: ['platform'],
  transport: ['platform'],
  register: ['platform'],
  discovery: ['platform', 'transport'],
  gms: ['platform', 'transport', 'register', 'discovery'],
  merge: ['platform', 'discovery', 'gms', 'placement'],
  messaging: ['platform', 'transport', 'placement'],
  'control-protocol': ['platform', 'transport'],
  node: [
    'platform',
    'transport',
    'register',
    'discovery',
    'gms',
    'merge',
    'placement',
    'messaging',
    'config',
    'control-protocol',
  ],
  bench: ['platform', 'messaging', 'node'],
  linetool: ['platform', 'transport', 'config', 'control-protocol'],
  scenarios: ['platform', 'gms', 'merge', 'testkit'],
}
