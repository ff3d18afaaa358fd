using System.Collections.Immutable;
using AkkaReplication.Clients;
using AkkaReplication.Controller;
using AkkaReplication.Kafka.Connections;

namespace AkkaReplication.Kafka.Apis;

/// <summary>What is asked of one resource's settings; with a problem if nobody can do that.</summary>
internal readonly record struct ConfigChange(
    sbyte Type, string Name, ImmutableArray<AlterConfigOp> Ops, (ErrorCode Error, string Message)? Problem);

/// <summary>What became of a resource's changes.</summary>
internal readonly record struct ConfigOutcome(sbyte Type, string Name, ErrorCode Error, string? Message);

/// <summary>Has the controller change settings.</summary>
internal static class ConfigChanges
{
    /// <summary>The requests name no timeout; this is what clients wait for an answer by themselves.</summary>
    private const int TimeoutMs = 30_000;

    /// <summary>What is wrong with a resource of that type, or null.</summary>
    public static (ErrorCode Error, string Message)? ProblemOf(sbyte type) =>
        type is (sbyte)ConfigResourceType.Topic or (sbyte)ConfigResourceType.Broker
            ? null
            : (ErrorCode.InvalidRequest, $"Resources of type {type} have no settings here; topics (2) and brokers (4) have.");

    /// <summary><paramref name="then"/> gets an outcome for each of the changes, in their order.</summary>
    public static void Make(
        IConnectionScope scope, ConfigChange[] changes, bool validateOnly, Action<IEnumerable<ConfigOutcome>> then)
    {
        var alterations = changes.Where(c => c.Problem is null)
            .Select(c => new ConfigAlteration(new ConfigResource((ConfigResourceType)c.Type, c.Name), c.Ops))
            .ToImmutableArray();
        if (alterations.IsEmpty)
        {
            Answer(new IncrementalAlterConfigsResponse(ErrorCode.None, []));
            return;
        }

        scope.Call(
            new IncrementalAlterConfigsRequest(alterations, validateOnly, TimeoutMs),
            answer => Answer((IncrementalAlterConfigsResponse)answer));

        void Answer(IncrementalAlterConfigsResponse altered)
        {
            var outcomes = new ConfigOutcome[changes.Length];
            var next = 0;
            for (var i = 0; i < changes.Length; i++)
            {
                var change = changes[i];
                if (change.Problem is { } problem)
                    outcomes[i] = new(change.Type, change.Name, problem.Error, problem.Message);
                else if (altered.Error != ErrorCode.None)
                    outcomes[i] = new(change.Type, change.Name, altered.Error, null);
                else
                    outcomes[i] = Outcome(change, altered.Results[next++]);
            }

            then(outcomes);
        }
    }

    private static ConfigOutcome Outcome(ConfigChange change, ConfigResult result) =>
        new(change.Type, change.Name, result.Error, result.Message);
}
