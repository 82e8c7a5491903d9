import type { Applicant, GroupStanding } from '@ring/gms'

/** Everything that groups say to bring themselves together; names as in JGroups where it has them. */
export type MergeMessage =
  /** To the coordinator of a group with precedence: here is another one, lead us. */
  | { readonly type: 'merge.found'; readonly standing: GroupStanding }
  /** MERGE_REQ: the leader asks another group's coordinator to come. */
  | { readonly type: 'merge.req'; readonly id: string; readonly standing: GroupStanding }
  /** MERGE_RSP: who comes, under which lives; or why not. */
  | {
      readonly type: 'merge.rsp'
      readonly id: string
      readonly standing: GroupStanding
      readonly lives: readonly Applicant[]
    }
  | {
      readonly type: 'merge.refused'
      readonly id: string
      readonly standing: GroupStanding
      readonly why: 'precedence' | 'busy'
    }
  /** A coordinator asks its members under which life they would come. */
  | { readonly type: 'merge.prepare'; readonly id: string }
  | { readonly type: 'merge.ready'; readonly id: string; readonly life: Applicant }
  /** CANCEL_MERGE: nothing came of it; go on as before. */
  | { readonly type: 'merge.cancel'; readonly id: string }
