// What proves that a documented command works. Every command of the documents has exactly one entry, and every entry a command.

/** A change to the words of a document that makes them small, or fit the folder they are run in. */
export type Smaller = readonly (readonly [find: string | RegExp, put: string])[]

/** Runs as it is written, but for what `smaller` changes. */
export interface Run {
  /** `test`: from source, by `npm test`. `ci`: `npm run check:commands`, what needs a build or much of the machine. */
  readonly where: 'test' | 'ci'
  readonly smaller?: Smaller
  /** Words of a shell before and behind the command. */
  readonly before?: string
  readonly behind?: string
  /** The folder it is run in, from the root of the checkout; else one with the files of `sandbox.ts`. */
  readonly folder?: string
  readonly code?: number
  /** `ci`: it needs no port, file or build that another has, and may run while another does. */
  readonly beside?: boolean
  /** It does not end by itself: once this is printed, it is ended by TERM. */
  readonly until?: RegExp
}

export interface Proof {
  readonly command: RegExp
  readonly by:
    | Run
    /** A line of .ci/run is this command. */
    | { readonly step: string }
    /** A test runs it, with these words. */
    | { readonly test: string; readonly has: readonly string[] }
    /** All that match, in one script. */
    | { readonly together: string }
    /** Nothing of Ring's: why it is not run. */
    | { readonly outside: string }
}

const root = '.'
const here: Run = { where: 'test' }
const inCi = (smaller: Smaller = [], more: Partial<Run> = {}): Run => ({ where: 'ci', folder: root, smaller, ...more })
const step = (name: string) => ({ step: name })
const sim = (smaller: Smaller = [], code = 0): Run => inCi(smaller, { code, beside: true })
/** Mostly waits for detection times. */
const membership = (smaller: Smaller): Run => inCi(smaller, { beside: true })
const newKey = 'rm -f ring.key; ring-node key new --file ring.key;'
const places: Smaller = [
  ['--group shop', '--group shop-$FREE_PORT'],
  ['--ctlport 9021', '--ctlport $FREE_CTLPORT --port $FREE_PORT'],
]
/** Runs until it is ready: a ring of its own. */
const node = (smaller: Smaller = [], more: Partial<Run> = {}): Run => ({
  where: 'test',
  smaller,
  until: /"event":"node.started"/,
  ...more,
})
const myRing: Smaller = [['--ctlport 8021', '--ctlport $RING_CTLPORT']]

export const proofs: readonly Proof[] = [
  // What every change passes.
  { command: /^npm test$/, by: step('npm test') },
  { command: /^npm run lint$/, by: step('npm run --silent lint') },
  { command: /^npm run typecheck$/, by: step('npm run --silent typecheck') },
  { command: /^npm run build$/, by: step('npm run --silent build') },
  { command: /^npm run check:packages$/, by: step('npm run --silent check:packages') },
  { command: /^npm run check:commands$/, by: step('npm run --silent check:commands') },
  { command: /^npm run check:pack$/, by: step('npm run --silent check:pack') },
  { command: /^bash \.ci\/run$/, by: { outside: 'it is what runs the others' } },
  { command: /^npm run (format|docs:config)$/, by: inCi() },
  { command: /^npm run changeset$/, by: inCi([[/$/, ' -- --help']]) },
  // All of it is in `npm test`: here the words, and one test.
  { command: /^npm run test:upgrade$/, by: inCi([[/$/, ' -- --testNamePattern "all nodes restarted"']]) },
  { command: /^npm test -- apps\/node\/src\/observe\/metrics\.test\.ts -u$/, by: inCi() },
  {
    command: /^npm test -- packages\/merge\/src\/core\/service\/lifecycle-page\.test\.ts -u$/,
    by: inCi(),
  },
  {
    command: /^SEED=n npx vitest run packages\/gms$/,
    by: inCi(
      [
        ['=n', '=7'],
        ['gms', 'gms/src/simulation/operations'],
      ],
      { beside: true },
    ),
  },
  { command: /^SEEDS=\d+ npx vitest run packages\/\S+$/, by: inCi([[/=\d+/, '=5']], { beside: true }) },

  // A ring on this machine.
  { command: /^npm start$/, by: inCi([[/$/, ' -- --once']]) },
  { command: /^npm run demo$/, by: inCi() },
  {
    command:
      /^(node scripts\/pack-node\.mjs my-app|cp examples\/first-ring\/shop\.mjs my-app && cd my-app|node shop\.mjs 9021)$/,
    by: { together: 'first-program.sh' },
  },
  {
    command: /^node scripts\/pack-node\.mjs FOLDER( @ring\/gms)?$/,
    by: inCi([['FOLDER', '"$WORK/packed"']], { behind: '"$WORK/packed/node_modules/.bin/ring-node" --help' }),
  },
  { command: /^node apps\/\w+\/dist\/main\.js .*examples\/turnaround/, by: { together: 'turnaround.sh' } },
  {
    command: /^pkill -HUP -f examples\/turnaround$/,
    by: { outside: 'each is ended by HUP in turnaround.sh, by its process id' },
  },
  {
    command: /^ring-bench (--client --config slave\.ini|compare) .*/,
    by: { test: 'apps/bench/src/end-to-end.test.ts', has: ["'--rate'", "'--report'", "'compare'"] },
  },
  {
    command: /^ring-linetool( |$)/,
    by: {
      test: 'apps/linetool/src/e2e/linetool.test.ts',
      has: [
        "'--config'",
        "'--host'",
        "'--run'",
        "'--help'",
        "'--json'",
        "'--wait'",
        "'serviceout'",
        "'check'",
        "'top'",
      ],
    },
  },
  {
    command: /^ring-bench speed$/,
    by: inCi([
      ['ring-bench', 'node apps/bench/dist/main.js'],
      [/$/, ' --runs 1 --duration 200ms'],
    ]),
  },
  { command: /^npm run bench -- --peers$/, by: inCi([[/$/, ' --runs 1']]) },
  { command: /^npm run bench( |$)(?!.*(posts|json|peers))/, by: inCi([[/$/, ' -- --only posts --runs 1']]) },
  {
    command: /^(BENCH_NODE_FLAGS=\S+ \S+ )?npm run bench -- --only posts$/,
    by: inCi([
      [/$/, ' --runs 1'],
      ['/tmp/profiles', '$WORK/profiles'],
    ]),
  },
  { command: /^npm run bench -- --json --runs 9$/, by: inCi([['9', '1 --only echo']]) },
  {
    command: /^sh findings\/NAME\.sh$/,
    by: { outside: 'it asks the registry for packages of others, and shows what they do, not Ring' },
  },
  {
    command: /^npm run random-run( --)?/,
    by: { test: 'scripts/random-run/random-run.test.ts', has: ["'--calls'", "'--seed'"] },
  },
  { command: /^npm run bench:membership$/, by: membership([[/$/, ' -- --only alone,discovery --runs 1']]) },
  { command: /^npm run bench:membership -- --only kill,stop$/, by: membership([[/$/, ' --runs 1']]) },
  { command: /^npm run bench:membership -- --json --runs 9$/, by: membership([['9', '1 --only alone']]) },
  {
    command: /^cd packages\/messaging && npx tsup .*in-process\.js 64 3000$/,
    by: inCi([
      ['64 3000', '64 200'],
      ['--cpu-prof', '--cpu-prof --cpu-prof-dir="$WORK/profiles"'],
    ]),
  },
  {
    command: /^npx tsup --config bench\/tsup\.config\.ts && node dist\/bench\/run\.js 7 1500$/,
    by: inCi([['7 1500', '1 200']], { folder: 'packages/messaging' }),
  },
  {
    command: /^node .* bench\/world\.ts 1000 link$/,
    by: { where: 'test', folder: 'packages/testkit', smaller: [['1000', '10']] },
  },

  {
    command: /^npm run bench:builds( -- \.\.\/before)?$/,
    by: inCi([[/( -- .*)?$/, ' -- . --rounds 1 --runs 1 --only posts']]),
  },

  // Simulations.
  { command: /^npm run sim$/, by: sim([[/$/, ' -- --seeds 3']]) },
  { command: /^npm run sim -- --subject register$/, by: sim([[/$/, ' --seeds 3']]) },
  { command: /^npm run sim -- --subject node$/, by: sim([[/$/, ' --seeds 1']]) },
  { command: /^npm run sim -- --subject node --quorum none --seeds 200$/, by: sim([['200', '1']]) },
  { command: /^npm run sim -- --subject node --seed 3$/, by: sim() },
  { command: /^npm run sim -- --subject node --variant delivers-always$/, by: sim([], 1) },
  { command: /^npm run sim -- --quorum majority --seeds 1000$/, by: sim([['1000', '3']]) },
  { command: /^npm run sim -- (--seed 7|--help)$/, by: { ...here, folder: root } },
  { command: /^npm run sim -- .*--variant branch-in-one-lineage/, by: sim([], 1) },
  {
    command: /^npm run sim -- --seed N --variant NAME --full$/,
    by: sim(
      [
        ['N ', '5 '],
        ['NAME', 'branch-in-one-lineage'],
      ],
      1,
    ),
  },
  { command: /^npm run sim -- --members [\d,]+$/, by: sim([[/10\S+/, '10']]) },
  { command: /^node .*register\/src\/simulation\/main\.ts --seeds 100 --variant any-half$/, by: sim([], 1) },

  // The daemon.
  { command: /^ring-node init( --dir my-ring)?$/, by: { ...here, before: 'mkdir -p fresh && cd fresh &&' } },
  {
    command: /^ring-node config (check|convert) (server\.ini|my-ring\/ring\.yaml|FILE)/,
    by: { ...here, smaller: [['FILE', 'my-ring/ring.yaml']] },
  },
  { command: /^ring-node config show( server\.ini)?$/, by: { ...here, smaller: [[/show$/, 'show server.ini']] } },
  { command: /^ring-node key$/, by: { ...here, smaller: [[/$/, ' --help']] } },
  { command: /^ring-node key new --file ring\.key$/, by: { ...here, before: 'rm -f ring.key;' } },
  { command: /^ring-node key add --file ring\.key$/, by: { ...here, before: newKey } },
  {
    command: /^ring-node key use --file ring\.key$/,
    by: { ...here, before: `${newKey} ring-node key add --file ring.key;` },
  },
  {
    command: /^ring-node key remove --file ring\.key$/,
    by: { ...here, before: `${newKey} ring-node key add --file ring.key; ring-node key use --file ring.key;` },
  },
  {
    command: /^ring-node recover( .*)?$/,
    by: { test: 'apps/node/src/e2e/recover.test.ts', has: ["['recover', '--config'", "'--force', '--give-up'"] },
  },
  {
    command: /^ring-node run --config (server\.ini|my-ring\/ring\.yaml --ctlport 8021( --discovery tcpping)?)$/,
    by: node(myRing),
  },
  { command: /^ring-node -conf server\.ini -ctlport 9031$/, by: node([['9031', '$SERVER_CTLPORT']]) },
  {
    command:
      /^ring-node run --group shop --ctlport 9021( --bind 127\.0\.0\.1)? --discovery (ping|mping|tcpgossip --routers 127\.0\.0\.1|dns .*)$/,
    by: node(places),
  },
  {
    command: /^ring-node gossip-router$/,
    by: node([[/$/, ' --port $FREE_PORT']], { until: /"event":"gossip.listening"/ }),
  },
  {
    command: /^node examples\/dns\/name-server\.mjs 5353 9020 9030 9040$/,
    by: node([['5353', '$FREE_PORT']], { folder: root, until: /./, code: 143 }),
  },

  {
    command: /^ring-node (status|members|keys)( --config (my-ring\/)?ring\.yaml( --ctlport \d+)?| --runtime-dir \S+)?$/,
    by: {
      where: 'ci',
      smaller: [[/^(ring-node \w+).*$/, '$1 --config server.ini']],
      before:
        'ring-node run --config server.ini > node.log & trap "kill $!" EXIT; until ring-node status --config server.ini; do :; done;',
    },
  },

  // Programs in other languages.
  {
    command: /^python3 (examples\/python\/)?(ask|answer)\.py /,
    by: { test: 'apps/node/src/e2e/foreign-program.test.ts', has: ["'ask.py'", "'answer.py'"] },
  },
  {
    command: /^python3 (examples\/python\/)?keep\.py /,
    by: { test: 'apps/node/src/e2e/foreign-data.test.ts', has: ['examples/python/keep.py'] },
  },

  // Tools of others.
  { command: /^(taskset|strace|perf|systemctl|curl|df) /, by: { outside: 'a tool of the system' } },
  { command: /^kill -USR2$/, by: { test: 'apps/bench/src/end-to-end.test.ts', has: ['SIGUSR2'] } },
  {
    command: /^npm install @opentelemetry\/api$/,
    by: { outside: 'a package of the registry, pinned among the dependencies of @ring/messaging' },
  },
]
