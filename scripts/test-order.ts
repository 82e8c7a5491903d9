import { BaseSequencer, type TestSpecification } from 'vitest/node'

/**
 * What waits for real processes and sockets first, then what takes the processors for long, so that neither is left over at the
 * end. Within each as the runner has it: by how long they took the last time, or by size where there was none.
 */
export class TestOrder extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    return sorted.sort((one, other) => rankOf(one) - rankOf(other))
  }
}

function rankOf({ project, moduleId }: TestSpecification): number {
  if (project.name === 'processes') return 0
  if (project.name !== 'pure') return 1
  return moduleId.includes('/simulation/') ? 2 : 3
}
