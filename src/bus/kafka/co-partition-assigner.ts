import { AssignerProtocol, type PartitionAssigner } from 'kafkajs';

const NAME = 'tapedeck-co-partition';
const VERSION = 1;

/**
 * Gives every partition number, of all topics, to one member: what belongs to a symbol meets in one process. kafkajs'
 * own assigner deals out topic by topic and scatters them.
 */
export const coPartitionAssigner: PartitionAssigner = ({ cluster }) => ({
  name: NAME,
  version: VERSION,
  protocol: ({ topics }) => ({
    name: NAME,
    metadata: AssignerProtocol.MemberMetadata.encode({
      version: VERSION,
      topics: [...topics],
      userData: Buffer.alloc(0),
    }),
  }),
  assign: ({ members, topics }) => {
    const counts = new Map(topics.map((topic) => [topic, cluster.findTopicPartitionMetadata(topic).length]));
    const memberIds = members.map((member) => member.memberId).sort();
    const assignments = assignNumbers(memberIds, counts);
    return Promise.resolve(
      memberIds.map((memberId) => ({
        memberId,
        memberAssignment: AssignerProtocol.MemberAssignment.encode({
          version: VERSION,
          assignment: assignments.get(memberId) ?? {},
          userData: Buffer.alloc(0),
        }),
      })),
    );
  },
});

/** Partition number n of every topic goes to member n modulo the number of members. */
export function assignNumbers(
  memberIds: readonly string[],
  partitionCounts: ReadonlyMap<string, number>,
): ReadonlyMap<string, Record<string, number[]>> {
  const assignments = new Map<string, Record<string, number[]>>(memberIds.map((memberId) => [memberId, {}]));
  for (const [topic, count] of partitionCounts) {
    for (let partition = 0; partition < count; partition++) {
      const owned = assignments.get(memberIds[partition % memberIds.length] ?? '');
      if (owned !== undefined) (owned[topic] ??= []).push(partition);
    }
  }
  return assignments;
}
