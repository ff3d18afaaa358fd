using System.Collections.Immutable;

namespace AkkaReplication.Simulation.Gallery.Bugs;

/// <summary>Who is in sync: what a leader proposes, and what the controller accepts.</summary>
internal static class IsrBugs
{
    private const string Leader = "AkkaReplication.Core/Replicas/LeaderReplica.Isr.cs";
    private const string Controller = "AkkaReplication.Core/Controller/ControllerDecider.Isr.cs";

    public static readonly ImmutableArray<PlantedBug> All =
    [
        new(
            "join-before-epoch-start",
            "TLA rule 4, I15",
            "A follower joins the ISR before it has reached the start of the leader's epoch.",
            Leader,
            "&& follower.LogEndOffset >= _epochStartOffset",
            ""),
        new(
            "join-below-hw",
            "4.4, I15",
            "A follower joins the ISR without all that is committed.",
            Leader,
            "&& follower.LogEndOffset >= _context.HighWatermark",
            ""),
        new(
            "shrink-counts-at-once",
            "4.3, I14",
            "A member that lags is not waited for any more before the controller has taken it out.",
            Leader,
            "Propose(IsrChange.Shrink, staying, null, effects);",
            "{ Propose(IsrChange.Shrink, staying, null, effects); SetIsr(staying, staying); }"),
        new(
            "expand-counts-when-answered",
            "KIP-497, I14",
            "A joining member is not waited for before the controller's answer has come.",
            Leader,
            """
            SetIsr(_committedIsr, _committedIsr.Add(follower.Broker));
            return true;
            """,
            "return true;"),
        new(
            "refusal-reverts",
            "L1",
            "A refused proposal is forgotten, though an older copy of it may still be accepted.",
            Leader,
            """
            refused.RefusedAtMetadataOffset = Math.Min(pending.BrokersOffset, answer.MetadataOffset);
            ProposeKeep(effects);
            """,
            """
            refused.RefusedAtMetadataOffset = Math.Min(pending.BrokersOffset, answer.MetadataOffset);
            SetIsr(_committedIsr, _committedIsr);
            _pending = null;
            Settle(nowMs, effects);
            """),
        new(
            "keep-changes-nothing",
            "L1, KAFKA-12751",
            "The controller writes no record for a keep, so that old copies of the refused proposal stay alive.",
            Controller,
            "work.Add(new PartitionChangeRecord(before.TopicId, before.Partition));",
            ""),
        new(
            "lost-race-reverts",
            "4.6, I14",
            "INVALID_UPDATE_VERSION makes the leader forget its proposal, though an earlier copy may have been accepted.",
            Leader,
            """
            or ErrorCode.NewLeaderElected:
                pending.AwaitsMetadata = true;
            """,
            """
            or ErrorCode.NewLeaderElected:
                SetIsr(_committedIsr, _committedIsr);
                _pending = null;
                Settle(nowMs, effects);
            """),
        new(
            "equal-epoch-clears-proposal",
            "L2, H1",
            "Metadata of a partition epoch that is known already clears a newer proposal.",
            "AkkaReplication.Core/Replicas/Replica.Roles.cs",
            "registration.PartitionEpoch > _context.PartitionEpoch;",
            "registration.PartitionEpoch >= _context.PartitionEpoch;"),
        new(
            "refused-member-never-joins",
            "4.4, I37",
            "A follower that was refused once is not proposed again in that leadership.",
            Leader,
            "refused.RefusedAtMetadataOffset = Math.Min(pending.BrokersOffset, answer.MetadataOffset);",
            "refused.RefusedAtMetadataOffset = long.MaxValue;"),
        new(
            "deposed-refusal-believed",
            "4.4, I37",
            "What a controller that was deposed refuses counts as refused by the present one, which knows more.",
            Leader,
            "refused.RefusedAtMetadataOffset = Math.Min(pending.BrokersOffset, answer.MetadataOffset);",
            "refused.RefusedAtMetadataOffset = pending.BrokersOffset;"),
        new(
            "old-partition-epoch-accepted",
            "KIP-497, 2.4",
            "The controller accepts an ISR proposal that was made on an older state of the partition.",
            Controller,
            "if (proposal.PartitionEpoch < partition.PartitionEpoch) return ErrorCode.InvalidUpdateVersion;",
            ""),
        new(
            "inactive-member-accepted",
            "KIP-841, KAFKA-13916, I9",
            "The controller accepts fenced and stopping brokers in the ISR.",
            Controller,
            "IsAcceptable(image, member.Broker, partition.Id) && (member.Epoch",
            "image.Brokers.ContainsKey(member.Broker) && (member.Epoch"),
        new(
            "member-of-earlier-life-accepted",
            "KIP-903, KAFKA-14139",
            "The controller does not look at the broker epochs of a proposed ISR.",
            Controller,
            "&& (member.Epoch == BrokerEpoch.Unknown || member.Epoch == image.Brokers[member.Broker].Epoch);",
            ";"),
        new(
            "lost-proposal-not-repeated",
            "KIP-497, I37",
            "An ISR proposal whose request or answer was lost is not sent again.",
            "AkkaReplication.Core/Brokers/IsrProposalQueue.cs",
            """
                _inFlight = false;
                TrySend(nowMs, effects);
            }

            private void TrySend
            """,
            """
            }

            private void TrySend
            """),
        new(
            "isr-changes-unheard",
            "8.3, I37",
            "Brokers hear of a partition's change only where its leader epoch has changed.",
            "AkkaReplication.Core/Brokers/MetadataDelta.cs",
            "earlier.Partitions[partition].PartitionEpoch != topic.Partitions[partition].PartitionEpoch",
            "earlier.Partitions[partition].LeaderEpoch != topic.Partitions[partition].LeaderEpoch"),
        new(
            "second-proposal-while-one-is-out",
            "I29",
            "A leader proposes another member while the fate of its last proposal is not known.",
            Leader,
            "if (_pending is not null || !MayJoin(follower, mustKeepUp, nowMs))",
            "if (!MayJoin(follower, mustKeepUp, nowMs))")
        {
            Late = true,
        },
        new(
            "idle-follower-never-joins",
            "4.4, I37",
            "Only a fetch makes a follower a member, though an idle one that has everything sends none.",
            Leader,
            "if (MaybeExpand(nowMs, follower, mustKeepUp: true, effects))",
            "if (follower.InMaximalIsr && MaybeExpand(nowMs, follower, mustKeepUp: true, effects))")
        {
            Late = true,
        },
        new(
            "join-below-log-start",
            "4.4, I41",
            "A follower joins the ISR while its log begins below the leader's, with records that cannot be compared.",
            Leader,
            "&& follower.LogStartOffset >= _log.LogStartOffset",
            "")
        {
            Late = true,
        },
        new(
            "view-keeps-earlier-life",
            "KIP-903, I37",
            "A leader does not note that a follower has begun another life.",
            "AkkaReplication.Core/Replicas/FollowerView.cs",
            "BrokerEpoch = epoch; RefusedAtMetadataOffset = -1;",
            "if (BrokerEpoch == BrokerEpoch.Unknown) BrokerEpoch = epoch; RefusedAtMetadataOffset = -1;")
        {
            Late = true,
        },
    ];
}
