using System.Collections.Immutable;
using AkkaReplication.Effects;
using AkkaReplication.Metadata;
using AkkaReplication.Simulation.Running;

namespace AkkaReplication.Simulation.Processes;

/// <summary>
/// The only voter, with its promise and its log on a disk that never loses what was flushed (P7). Here, and nowhere else, a
/// metadata batch becomes committed.
/// </summary>
internal sealed class VoterProcess : SimulatedProcess
{
    private readonly Cluster _cluster;
    private readonly List<MetadataBatch> _log = [];
    private readonly EffectList _effects = new();
    private readonly Dictionary<ControllerEpoch, Claimant> _claimants = [];
    private VoterPromise _promise = VoterPromise.None;
    private MetadataVoter _machine = null!;
    private EffectInterpreter _interpreter = null!;

    public VoterProcess(Cluster cluster, int node)
        : base(cluster.World, node) => _cluster = cluster;

    /// <summary>Everything committed.</summary>
    public IReadOnlyList<MetadataBatch> Log => _log;

    public void Start()
    {
        BeginLife();
        var epochs = ImmutableArray.CreateBuilder<ControllerEpochStart>();
        foreach (var batch in _log)
        {
            if (epochs.Count == 0 || epochs[^1].Epoch != batch.Epoch)
                epochs.Add(new ControllerEpochStart(batch.Epoch, batch.BaseOffset));
        }

        _machine = new MetadataVoter(
            new VoterIdentity(Cluster.Id, Guid.Empty), _promise, epochs.ToImmutable(), _log.Count == 0 ? -1 : _log[^1].LastOffset);
        _interpreter = new EffectInterpreter(Perform);
    }

    public void Kill() => EndLife();

    public void OnClaim(ControllerProcess from, ClaimEpoch claim) => Turn(effects => _machine.OnClaim(claim, effects), from);

    public void OnAppend(ControllerProcess from, AppendMetadata append) => Turn(effects => _machine.OnAppend(append, effects), from);

    /// <summary>The whole log, once all that was asked for before is on the disk.</summary>
    public void OnRead(ControllerProcess from) => Turn(effects => effects.Add(new AnswerRead()), from);

    private void Turn(Action<EffectList> turn, ControllerProcess from)
    {
        turn(_effects);
        for (var i = 0; i < _effects.Count; i++)
            Remember(_effects[i], from);
        _interpreter.Run(_effects);
    }

    // Who asked; effects may wait behind a flush while others ask.
    private readonly Dictionary<Effect, ControllerProcess> _askers = new(ReferenceEqualityComparer.Instance);

    private void Remember(Effect effect, ControllerProcess from)
    {
        if (effect is not BarrierEffect)
            _askers[effect] = from;
    }

    private void Perform(Effect effect)
    {
        switch (effect)
        {
            case PersistPromise persist:
                Flush(persist, () =>
                {
                    RequireOneClaimant(persist.Promise);
                    _promise = persist.Promise;
                });
                break;
            case AppendMetadataLog append:
                Flush(append, () =>
                {
                    _log.Add(append.Batch);
                    _cluster.Checks.OnMetadataCommitted(append.Batch);
                });
                break;
            case TruncateMetadataLog truncate:
                throw new Violation("I39", $"the only voter cuts its log back to {truncate.LastOffset}");
            case AnswerClaim answer:
                Violation.Require(
                    !answer.Answer.Granted || _promise.Epoch >= answer.Answer.Epoch, "Q1",
                    () => $"epoch {answer.Answer.Epoch} is granted before the promise is on the disk, which says {_promise.Epoch}");
                Reply(effect, controller => controller.OnClaimAnswer(answer.Answer));
                break;
            case AnswerAppend answer:
                Reply(effect, controller => controller.OnAppendAnswer(answer.Answer));
                break;
            case AnswerRead:
                var log = _log.ToImmutableArray();
                Reply(effect, controller => controller.OnLogRead(log));
                break;
            default:
                throw new InvalidOperationException($"A voter does not know the effect {effect}.");
        }
    }

    /// <summary>
    /// Q1, I39: an epoch belongs to one incarnation of one node. What a voter lost before it was on the disk, and so never said,
    /// counts for nothing.
    /// </summary>
    private void RequireOneClaimant(VoterPromise promise)
    {
        if (!_claimants.TryAdd(promise.Epoch, promise.Claimant!) && _claimants[promise.Epoch] != promise.Claimant)
            throw new Violation("I39", $"epoch {promise.Epoch} is promised to {promise.Claimant} after {_claimants[promise.Epoch]}");
    }

    private void Reply(Effect effect, Action<ControllerProcess> deliver)
    {
        _askers.Remove(effect, out var to);
        World.Network.Send(Node, to!.Node, () => to.Receive(() => deliver(to)));
    }

    private void Flush(BarrierEffect barrier, Action durable)
    {
        var interpreter = _interpreter;
        AfterUs(World.Scheduling.Between(50, 3000), () =>
        {
            durable();
            interpreter.Completed(barrier);
        });
    }

    private sealed record AnswerRead : Effect;
}
