using AkkaReplication.Clients;
using AkkaReplication.Effects;
using AkkaReplication.Simulation.Running;

namespace AkkaReplication.Simulation.Processes;

/// <summary>Administers the cluster, one question after the other or several at once.</summary>
internal sealed class AdminProcess(Cluster cluster, int node) : ClientProcess(cluster, node)
{
    private readonly Dictionary<long, Action<ErrorCode, ClientResponse?>> _questions = [];
    private readonly Dictionary<long, Action<IReadOnlyList<LeaderAnswer>>> _leaderQuestions = [];
    private AdminClient _machine = null!;
    private long _nextToken;

    protected override ClientMachine Machine => _machine;

    public void Start()
    {
        BeginLife();
        _machine = new AdminClient(
            new AdminSettings
            {
                Bootstrap = [.. Cluster.BrokerIds],
                RequestTimeoutMs = 2_000,
                MetadataMaxAgeMs = 4_000,
                HedgeAfterMs = 500,
                ConnectionSetupTimeoutMs = 1_000,
                ReconnectBackoffMaxMs = 500,
            },
            World.Workload.NextDouble);
    }

    public void Ask(ClientRequest request, int timeoutMs, Action<ErrorCode, ClientResponse?> answered)
    {
        var token = _nextToken++;
        _questions.Add(token, answered);
        _machine.Ask(NowMs, token, request, timeoutMs);
        Wake();
    }

    public void DeleteRecords(TopicPartition partition, long offset, Action<LeaderAnswer> answered)
    {
        var token = _nextToken++;
        _leaderQuestions.Add(token, answers => answered(answers[0]));
        _machine.AskLeaders(NowMs, token, new DeleteRecordsQuery(), [(partition, offset)], 8_000);
        Wake();
    }

    protected override void Perform(Effect effect)
    {
        switch (effect)
        {
            case ClusterCallCompleted completed:
                if (_questions.Remove(completed.Token, out var answered))
                    answered(completed.Error, completed.Response);
                break;
            case LeaderCallCompleted completed:
                if (_leaderQuestions.Remove(completed.Token, out var decided))
                    decided(completed.Answers);
                break;
            case ClientObserved:
                break;
            default:
                throw new InvalidOperationException($"An administrator does not know the effect {effect}.");
        }
    }
}
