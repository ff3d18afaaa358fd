using System.Text.RegularExpressions;
using Akka.Actor;
using Akka.Event;
using Xunit.Sdk;

namespace Akka.Conformance.Kit;

public sealed class EventFilterSpec : ActorSpec
{
    private const string EverythingLogged = "akka.loglevel = DEBUG";

    public EventFilterSpec() : base(EverythingLogged)
    {
    }

    [Fact]
    public async Task Events_are_matched_by_level_and_text()
    {
        EventFilter.Info("exactly this").ExpectOne(() => Sys.Log.Info("exactly this"));
        EventFilter.Debug(start: "begin").ExpectOne(() => Sys.Log.Debug("begins so"));
        EventFilter.Warning(contains: "middle").ExpectOne(() => Sys.Log.Warning("in the middle of it"));
        EventFilter.Error(new Regex("^a+$")).ExpectOne(() => Sys.Log.Error("aaa"));
        await EventFilter.Info().ExpectAsync(2, () =>
        {
            Sys.Log.Info("one");
            Sys.Log.Info("two");
            return Task.CompletedTask;
        });
    }

    [Fact]
    public void Events_that_do_not_come_fail_the_test()
    {
        Assert.ThrowsAny<XunitException>(() =>
            EventFilter.Info("missing").ExpectOne(AShortWhile, () => Sys.Log.Info("other")));
        Assert.ThrowsAny<XunitException>(() =>
            EventFilter.Info("missing").ExpectOne(AShortWhile, () => Sys.Log.Warning("missing")));
        Assert.ThrowsAny<XunitException>(() =>
            EventFilter.Info("once").Expect(2, AShortWhile, () => Sys.Log.Info("once")));
    }

    [Fact]
    public void None_can_be_expected()
    {
        EventFilter.Info("never").Expect(0, AShortWhile, () => { });
        Assert.ThrowsAny<XunitException>(() =>
            EventFilter.Info("once").Expect(0, Eventually, () => Sys.Log.Info("once")));
    }

    [Fact]
    public void Exceptions_are_matched_by_type_and_text()
    {
        EventFilter.Exception<Boom>().ExpectOne(() => Sys.Log.Error(new Boom(), "text"));
        EventFilter.Exception<Boom>("boom").ExpectOne(() => Sys.Log.Error(new Boom(), "text"));
        EventFilter.Exception<Boom>("text").ExpectOne(() => Sys.Log.Error(new Boom(), "text"));
        EventFilter.Exception<Exception>(contains: "oo").ExpectOne(() => Sys.Log.Error(new Boom(), "text"));
        EventFilter.Exception(typeof(Boom), checkInnerExceptions: true)
            .ExpectOne(() => Sys.Log.Error(new TimeoutException("outer", new Boom()), "text"));
        Assert.ThrowsAny<XunitException>(() =>
            EventFilter.Exception<TimeoutException>()
                .ExpectOne(AShortWhile, () => Sys.Log.Error(new Boom(), "text")));
    }

    [Fact]
    public void Dead_letters_are_matched_by_type_and_recipient()
    {
        EventFilter.DeadLetter<string>().ExpectOne(() => Sys.DeadLetters.Tell("lost"));
        EventFilter.DeadLetter<string>(text => text == "lost", source: Sys.DeadLetters.Path.ToString())
            .ExpectOne(() => Sys.DeadLetters.Tell("lost"));
    }

    [Fact]
    public void Filters_can_be_joined_and_made_of_any_predicate()
    {
        EventFilter.Info("a").And.Warning("b").Expect(2, () =>
        {
            Sys.Log.Info("a");
            Sys.Log.Warning("b");
        });
        EventFilter.Custom(logEvent => logEvent.Message.ToString() == "c").ExpectOne(() => Sys.Log.Info("c"));
        EventFilter.Custom<Warning>(warning => warning.Message.ToString() == "d").ExpectOne(() => Sys.Log.Warning("d"));
    }

    [Fact]
    public void An_expectation_returns_what_its_block_does()
    {
        var result = EventFilter.Info().ExpectOne(() =>
        {
            Sys.Log.Info("a");
            return 5;
        });
        Assert.Equal(5, result);
    }

    [Fact]
    public void Events_can_be_silenced()
    {
        EventFilter.Error().Mute(() => Sys.Log.Error("unheard"));
        using (EventFilter.Error().Mute()) Sys.Log.Error("unheard");
    }

    [Fact]
    public async Task The_source_of_an_event_may_be_an_actors_path()
    {
        var actor = Sys.ActorOf(Props.Create(() => new Talkative()), "logging");
        await EventFilter.Info("hello", source: actor.Path.ToString()).ExpectOneAsync(() =>
        {
            actor.Tell("hello");
            return Task.CompletedTask;
        });
    }

    [Fact]
    public async Task Another_system_can_be_listened_to()
    {
        var other = ActorSystem.Create("other", DefaultConfig.WithFallback("akka.stdout-loglevel = OFF"));
        CreateEventFilter(other).Warning("from there").ExpectOne(() => other.Log.Warning("from there"));
        await other.Terminate();
    }

    private sealed class Talkative : ReceiveActor
    {
        public Talkative()
        {
            var log = Context.GetLogger();
            ReceiveAny(message => log.Info($"{message}"));
        }
    }
}
