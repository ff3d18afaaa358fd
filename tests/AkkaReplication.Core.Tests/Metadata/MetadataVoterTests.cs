using AkkaReplication.Controller;
using AkkaReplication.Effects;
using AkkaReplication.Metadata;

namespace AkkaReplication.Core.Tests.Metadata;

/// <summary>Rules Q1, Q2, Q4, Q8 of one voter, and the claimant that uses it (P1, P2, P7).</summary>
public sealed class MetadataVoterTests
{
    private static readonly VoterIdentity Identity = new("test-cluster", new Guid(1, 2, 3, new byte[8]));
    private static readonly Claimant A = new("a", new Guid(10, 0, 0, new byte[8]));
    private static readonly Claimant B = new("b", new Guid(11, 0, 0, new byte[8]));

    [Fact]
    public void A_promise_is_persisted_before_the_grant_is_heard()
    {
        var voter = Fresh();

        var effects = Claim(voter, 1, A);

        Assert.Equal(new VoterPromise(new(1), A), Assert.IsType<PersistPromise>(effects[0]).Promise);
        var answer = Assert.IsType<AnswerClaim>(effects[1]).Answer;
        Assert.Equal((true, -1L, ControllerEpoch.None), (answer.Granted, answer.LastOffset, answer.LastEntryEpoch));
        Assert.Equal(2, effects.Count);
    }

    [Fact]
    public void An_epoch_is_granted_once_and_only_repeated_to_the_same_incarnation()
    {
        var voter = Fresh();
        Claim(voter, 3, A);

        Assert.False(ClaimAnswerOf(voter, 3, B).Granted);
        Assert.False(ClaimAnswerOf(voter, 3, A with { Incarnation = B.Incarnation }).Granted);
        Assert.False(ClaimAnswerOf(voter, 2, A).Granted);
        Assert.Equal(3, ClaimAnswerOf(voter, 2, A).PromisedEpoch.Value);
        Assert.True(ClaimAnswerOf(voter, 3, A).Granted);
        Assert.True(ClaimAnswerOf(voter, 4, B).Granted);
    }

    [Fact]
    public void A_directory_that_was_never_formatted_grants_nothing()
    {
        var voter = new MetadataVoter(null, VoterPromise.None, [], -1);

        Assert.Contains("formatted", ClaimAnswerOf(voter, 1, A).Reason!, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_clusters_claim_is_refused()
    {
        var effects = new EffectList();

        Fresh().OnClaim(new ClaimEpoch("another", new(1), A), effects);

        Assert.False(Assert.IsType<AnswerClaim>(effects[0]).Answer.Granted);
    }

    [Fact]
    public void An_old_controllers_append_is_refused_after_a_newer_claim()
    {
        var voter = Fresh();
        Claim(voter, 1, A);
        AssertAccepted(Append(voter, 1, A, -1, 0, 1), last: 0);
        Claim(voter, 2, B);

        var answer = AppendAnswerOf(voter, 1, A, 0, 1, 1);

        Assert.False(answer.Accepted);
        Assert.Equal(2, answer.PromisedEpoch.Value);
        Assert.Equal(0, voter.LastOffset);
    }

    [Fact]
    public void A_promise_found_on_disk_binds_after_a_restart()
    {
        var voter = new MetadataVoter(Identity, new VoterPromise(new(5), A), [new(new(4), 0)], 7);

        Assert.False(ClaimAnswerOf(voter, 5, B).Granted);
        Assert.False(AppendAnswerOf(voter, 4, A, 7, 4, 1).Accepted);
        var grant = ClaimAnswerOf(voter, 6, B);
        Assert.Equal((true, 7L, 4), (grant.Granted, grant.LastOffset, grant.LastEntryEpoch.Value));
    }

    [Fact]
    public void Nobody_appends_without_the_grant_of_that_epoch()
    {
        var voter = Fresh();
        Claim(voter, 1, A);

        Assert.False(AppendAnswerOf(voter, 2, A, -1, 0, 1).Accepted);
        Assert.False(AppendAnswerOf(voter, 1, B, -1, 0, 1).Accepted);
        Assert.Equal(-1, voter.LastOffset);
    }

    [Fact]
    public void The_predecessor_must_be_the_same_entry()
    {
        var voter = new MetadataVoter(Identity, VoterPromise.None, [new(new(1), 0), new(new(3), 4)], 6);
        Claim(voter, 5, A);

        var gap = AppendAnswerOf(voter, 5, A, 9, 3, 1);
        Assert.Equal((false, 6L, 3), (gap.Accepted, gap.LastOffset, gap.LastEpoch.Value));
        var other = AppendAnswerOf(voter, 5, A, 5, 2, 1);
        Assert.Equal((false, 3L, 1), (other.Accepted, other.LastOffset, other.LastEpoch.Value));
        AssertAccepted(Append(voter, 5, A, 6, 3, 2), last: 8);
        Assert.Equal(5, voter.LastEpoch.Value);
    }

    [Fact]
    public void A_conflicting_suffix_is_cut_and_flushed_before_the_append()
    {
        var voter = new MetadataVoter(Identity, VoterPromise.None, [new(new(1), 0), new(new(3), 4)], 6);
        Claim(voter, 5, A);

        var effects = Append(voter, 5, A, 4, 3, 1);

        Assert.Equal(new TruncateMetadataLog(4), effects[0]);
        Assert.IsType<AppendMetadataLog>(effects[1]);
        Assert.True(Assert.IsType<AnswerAppend>(effects[2]).Answer.Accepted);
        Assert.Equal(5, voter.LastOffset);
    }

    [Fact]
    public void A_late_copy_of_an_append_cuts_nothing()
    {
        var voter = Fresh();
        Claim(voter, 1, A);
        Append(voter, 1, A, -1, 0, 2);
        Append(voter, 1, A, 1, 1, 3);

        var copy = Append(voter, 1, A, -1, 0, 2);

        Assert.Equal(1, Assert.IsType<AnswerAppend>(Assert.Single(copy)).Answer.LastOffset);
        Assert.Equal(4, voter.LastOffset);
    }

    [Fact]
    public void A_batch_that_does_not_follow_its_predecessor_is_refused()
    {
        var voter = Fresh();
        Claim(voter, 1, A);
        var effects = new EffectList();

        voter.OnAppend(new AppendMetadata(new(1), A, -1, ControllerEpoch.None, Batch(1, 1, 1)), effects);
        voter.OnAppend(new AppendMetadata(new(1), A, -1, ControllerEpoch.None, Batch(2, 0, 1)), effects);
        voter.OnAppend(new AppendMetadata(new(1), A, -1, ControllerEpoch.None, Batch(1, 0, 0)), effects);

        Assert.Equal(3, effects.Count);
        Assert.All(effects.AsReadOnly(), e => Assert.False(Assert.IsType<AnswerAppend>(e).Answer.Accepted));
    }

    [Fact]
    public void After_its_disk_failed_a_voter_says_no_to_everything()
    {
        var voter = Fresh();
        Claim(voter, 1, A);
        voter.OnStorageFailed("no space");

        Assert.False(ClaimAnswerOf(voter, 2, A).Granted);
        Assert.False(AppendAnswerOf(voter, 1, A, -1, 0, 1).Accepted);
    }

    [Fact]
    public void Nothing_is_said_before_it_is_flushed()
    {
        var voter = Fresh();
        var done = new List<Effect>();
        var interpreter = new EffectInterpreter(done.Add);
        var effects = new EffectList();
        voter.OnClaim(new ClaimEpoch(Identity.ClusterId, new(1), A), effects);
        interpreter.Run(effects);

        Assert.IsType<PersistPromise>(Assert.Single(done));
        interpreter.Completed(interpreter.Pending!);
        Assert.IsType<AnswerClaim>(done[1]);
    }

    [Fact]
    public void A_controller_starts_only_after_its_epochs_first_entry_is_committed()
    {
        var pair = new Pair(Fresh(), A);

        pair.Claimant.Start(pair.Effects);
        pair.Run();

        var start = Assert.Single(pair.Outcome.OfType<ControllerMayStart>());
        Assert.Equal((1, 1L), (start.Epoch.Value, start.LastOffset));
        Assert.Equal(
            [typeof(PersistPromise), typeof(AppendMetadataLog)], pair.Persisted.Select(e => e.GetType()));
        var first = Assert.IsType<AppendMetadataLog>(pair.Persisted[1]).Batch;
        Assert.Equal(new NoOpRecord(new(1)), first.Records[0]);
        Assert.Equal(new MetadataVersionRecord(MetadataImage.LatestMetadataVersion), first.Records[1]);
    }

    [Fact]
    public void Every_start_of_a_controller_takes_a_new_epoch()
    {
        // P2.
        var voter = Fresh();
        var pair = new Pair(voter, A);
        pair.Claimant.Start(pair.Effects);
        pair.Run();

        pair.Claimant.OnControllerStopped(pair.Effects);
        pair.Run();

        Assert.Equal([1, 2], pair.Outcome.OfType<ControllerMayStart>().Select(s => s.Epoch.Value));
        Assert.Equal(2, voter.LastOffset);
        Assert.False(AppendAnswerOf(voter, 1, A, 2, 2, 1).Accepted);
    }

    [Fact]
    public void The_old_of_two_controllers_is_refused_stops_and_claims_above_the_new_one()
    {
        // Scenario 22: the old one dies or hangs after an append of unknown outcome; the log tells, never its memory.
        var voter = Fresh();
        var old = new Pair(voter, A);
        old.Claimant.Start(old.Effects);
        old.Run();
        var other = new Pair(voter, B);
        other.Claimant.Start(other.Effects);
        other.Run();
        Assert.Empty(other.Outcome.OfType<ControllerMayStart>());
        other.Claimant.OnTimer(other.Effects);
        other.Run();
        Assert.Equal(2, Assert.Single(other.Outcome.OfType<ControllerMayStart>()).Epoch.Value);

        old.Effects.Add(new SendAppendMetadata(new AppendMetadata(new(1), A, 1, new(1), Batch(1, 2, 1))));
        old.Run();

        Assert.Equal(1, Assert.Single(old.Outcome.OfType<ControllerMustStop>()).Epoch.Value);
        Assert.Equal(2, voter.LastOffset);
        old.Claimant.OnControllerStopped(old.Effects);
        old.Run();
        Assert.Single(old.Outcome.OfType<ControllerMayStart>());
        old.Claimant.OnTimer(old.Effects);
        old.Run();
        Assert.Equal(3, old.Outcome.OfType<ControllerMayStart>().Last().Epoch.Value);
    }

    [Fact]
    public void A_refused_claimant_waits_longer_each_time_and_not_in_step_with_another()
    {
        var claim = new ControllerClaim(new ControllerClaimOptions("c", A, 1_000, 100), () => 0.5);
        var delays = new List<long>();
        var effects = new EffectList();
        claim.Start(effects);
        for (var i = 0; i < 6; i++)
        {
            effects.Clear();
            claim.OnClaimAnswer(new ClaimAnswer(claim.Epoch, false, claim.Epoch, ControllerEpoch.None, -1, "no"), effects);
            delays.Add(Assert.Single(effects.AsReadOnly().OfType<StartClaimTimer>()).DelayMs);
            claim.OnTimer(effects);
        }

        Assert.Equal([150, 300, 600, 1_200, 1_500, 1_500], delays);
    }

    [Fact]
    public void A_controller_that_does_not_last_is_started_again_ever_more_slowly()
    {
        var pair = new Pair(Fresh(), A);
        pair.Claimant.Start(pair.Effects);
        pair.Run();
        int Starts() => pair.Outcome.OfType<ControllerMayStart>().Count();

        pair.Claimant.OnControllerStopped(pair.Effects);
        pair.Run();
        Assert.Equal(2, Starts());
        pair.Claimant.OnControllerStopped(pair.Effects);
        pair.Run();
        Assert.Equal((2, ClaimState.Waiting), (Starts(), pair.Claimant.State));
        pair.Claimant.OnTimer(pair.Effects);
        pair.Run();
        Assert.Equal(3, Starts());

        pair.Claimant.OnTimer(pair.Effects);
        pair.Claimant.OnControllerStopped(pair.Effects);
        pair.Run();
        Assert.Equal(4, Starts());
    }

    private static MetadataVoter Fresh() => new(Identity, VoterPromise.None, [], -1);

    private static IReadOnlyList<Effect> Claim(MetadataVoter voter, int epoch, Claimant claimant)
    {
        var effects = new EffectList();
        voter.OnClaim(new ClaimEpoch(Identity.ClusterId, new(epoch), claimant), effects);
        return effects.AsReadOnly();
    }

    private static ClaimAnswer ClaimAnswerOf(MetadataVoter voter, int epoch, Claimant claimant) =>
        Claim(voter, epoch, claimant).OfType<AnswerClaim>().Single().Answer;

    private static IReadOnlyList<Effect> Append(
        MetadataVoter voter, int epoch, Claimant claimant, long prevOffset, int prevEpoch, int count)
    {
        var effects = new EffectList();
        var previous = prevOffset < 0 ? ControllerEpoch.None : new ControllerEpoch(prevEpoch);
        voter.OnAppend(
            new AppendMetadata(new(epoch), claimant, prevOffset, previous, Batch(epoch, prevOffset + 1, count)), effects);
        return effects.AsReadOnly();
    }

    private static AppendMetadataAnswer AppendAnswerOf(
        MetadataVoter voter, int epoch, Claimant claimant, long prevOffset, int prevEpoch, int count) =>
        Append(voter, epoch, claimant, prevOffset, prevEpoch, count).OfType<AnswerAppend>().Single().Answer;

    private static void AssertAccepted(IReadOnlyList<Effect> effects, long last)
    {
        Assert.IsType<AppendMetadataLog>(effects[^2]);
        var answer = Assert.IsType<AnswerAppend>(effects[^1]).Answer;
        Assert.Equal((true, last), (answer.Accepted, answer.LastOffset));
    }

    private static MetadataBatch Batch(int epoch, long baseOffset, int count) =>
        new(new(epoch), baseOffset, [.. Enumerable.Repeat(new NoOpRecord(new(epoch)), count)]);

    /// <summary>A claimant beside the voter: what they say to each other is delivered, what they write is remembered.</summary>
    private sealed class Pair(MetadataVoter voter, Claimant self)
    {
        public ControllerClaim Claimant { get; } =
            new(new ControllerClaimOptions(Identity.ClusterId, self), () => 0.5);

        public EffectList Effects { get; } = new();

        public List<Effect> Persisted { get; } = [];

        public List<Effect> Outcome { get; } = [];

        public void Run()
        {
            for (var i = 0; i < Effects.Count; i++)
            {
                switch (Effects[i])
                {
                    case SendClaim e:
                        voter.OnClaim(e.Claim, Effects);
                        break;
                    case SendAppendMetadata e:
                        voter.OnAppend(e.Append, Effects);
                        break;
                    case AnswerClaim e:
                        Claimant.OnClaimAnswer(e.Answer, Effects);
                        break;
                    case AnswerAppend e:
                        Claimant.OnAppendAnswer(e.Answer, Effects);
                        break;
                    case BarrierEffect e:
                        Persisted.Add(e);
                        break;
                    default:
                        Outcome.Add(Effects[i]);
                        break;
                }
            }

            Effects.Clear();
        }
    }
}
