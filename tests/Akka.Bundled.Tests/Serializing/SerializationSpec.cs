using System.Text;
using Akka.Actor;
using Akka.Serialization;
using Akka.TestKit.TestActors;

namespace Akka.Conformance.Serializing;

public sealed class SerializationSpec : ActorSpec
{
    private static readonly string Bindings = $$"""
        akka.actor {
          serializers {
            upper = "{{Name(typeof(Upper))}}"
            plain = "{{Name(typeof(Plain))}}"
          }
          serialization-bindings {
            "{{Name(typeof(IUpper))}}" = upper
            "{{Name(typeof(Special))}}" = plain
          }
          serialization-identifiers {
            "{{Name(typeof(Plain))}}" = 1234
          }
        }
        """;

    public SerializationSpec() : base(Bindings)
    {
    }

    [Fact]
    public void A_binding_to_an_interface_holds_for_all_who_implement_it()
    {
        var serializer = Assert.IsType<Upper>(Sys.Serialization.FindSerializerFor(new Shout("a")));
        Assert.Equal(1001, serializer.Identifier);
        Assert.Same(serializer, Sys.Serialization.FindSerializerForType(typeof(Shout)));
    }

    [Fact]
    public void The_most_specific_binding_wins() =>
        Assert.IsType<Plain>(Sys.Serialization.FindSerializerFor(new Special("a")));

    [Fact]
    public void The_identifier_may_come_from_the_configuration() =>
        Assert.Equal(1234, Sys.Serialization.FindSerializerFor(new Special("a")).Identifier);

    [Fact]
    public void A_manifest_leads_back_to_the_message()
    {
        var serializer = (SerializerWithStringManifest)Sys.Serialization.FindSerializerFor(new Shout("hello"));
        var message = new Shout("hello");
        var bytes = serializer.ToBinary(message);
        Assert.Equal("HELLO", Encoding.UTF8.GetString(bytes));
        var manifest = serializer.Manifest(message);
        Assert.Equal("S", manifest);
        Assert.Equal(new Shout("HELLO"), Sys.Serialization.Deserialize(bytes, serializer.Identifier, manifest));
        Assert.Equal("S", Akka.Serialization.Serialization.ManifestFor(serializer, message));
    }

    [Fact]
    public void What_has_no_binding_goes_as_json()
    {
        var message = new Poco { Name = "name", Numbers = [1, 2], Inner = new Poco { Name = "inner" } };
        var serializer = Sys.Serialization.FindSerializerFor(message);
        Assert.Equal(1, serializer.Identifier);
        var bytes = serializer.ToBinary(message);
        var back = (Poco)Sys.Serialization.Deserialize(bytes, serializer.Identifier, typeof(Poco));
        Assert.Equal("name", back.Name);
        Assert.Equal([1, 2], back.Numbers!);
        Assert.Equal("inner", back.Inner!.Name);
    }

    [Fact]
    public void Json_keeps_the_types_of_numbers_and_of_members()
    {
        var message = new Anything { Value = 5L, Other = new Poco { Name = "x" } };
        var serializer = Sys.Serialization.FindSerializerFor(message);
        var back = (Anything)serializer.FromBinary(serializer.ToBinary(message), typeof(Anything));
        Assert.Equal(5L, back.Value);
        Assert.Equal("x", Assert.IsType<Poco>(back.Other).Name);
    }

    [Theory]
    [InlineData("text")]
    [InlineData(5)]
    [InlineData(5L)]
    public void Primitives_keep_value_and_type(object value)
    {
        var serializer = Sys.Serialization.FindSerializerFor(value);
        var manifest = Akka.Serialization.Serialization.ManifestFor(serializer, value);
        Assert.Equal(value, Sys.Serialization.Deserialize(serializer.ToBinary(value), serializer.Identifier, manifest));
    }

    [Fact]
    public void Bytes_go_as_they_are()
    {
        byte[] bytes = [1, 2, 3];
        var serializer = Sys.Serialization.FindSerializerFor(bytes);
        Assert.Equal(4, serializer.Identifier);
        Assert.Equal(bytes, serializer.ToBinary(bytes));
        Assert.Equal(bytes, serializer.FromBinary(bytes, null!));
    }

    [Fact]
    public async Task A_reference_is_written_as_a_path_and_resolved()
    {
        var echo = Sys.ActorOf(SimpleEchoActor.Props(), "echo");
        var path = Akka.Serialization.Serialization.SerializedActorPath(echo);
        var back = ((ExtendedActorSystem)Sys).Provider.ResolveActorRef(path);
        Assert.Equal(echo, back);
        Assert.Equal("ping", await back.Ask<string>("ping", Eventually));
    }

    [Fact]
    public void A_reference_goes_through_json()
    {
        var message = new WithReference { Reference = Sys.ActorOf(BlackHoleActor.Props, "referred") };
        var serializer = Sys.Serialization.FindSerializerFor(message);
        var back = (WithReference)serializer.FromBinary(serializer.ToBinary(message), typeof(WithReference));
        Assert.Equal(message.Reference, back.Reference);
    }

    [Fact]
    public void An_unknown_identifier_is_an_error() =>
        Assert.ThrowsAny<Exception>(() => Sys.Serialization.Deserialize([], 99_999, "manifest"));

    [Fact]
    public async Task Messages_can_be_sent_through_their_serializers_for_test()
    {
        var strict = ActorSystem.Create("strict",
            Akka.Configuration.ConfigurationFactory.ParseString("akka.actor.serialize-messages = on")
                .WithFallback(Sys.Settings.Config));
        var echo = strict.ActorOf(SimpleEchoActor.Props());
        Assert.Equal(new Shout("HELLO"), await echo.Ask<Shout>(new Shout("hello"), Eventually));
        var reference = new Unverified();
        Assert.Same(reference, await echo.Ask<Unverified>(reference, Eventually));
        await strict.Terminate();
    }

    [Fact]
    public void A_fallback_injected_later_adds_serializers()
    {
        var before = Sys.Serialization;
        Assert.Equal(1, before.FindSerializerFor(new Later()).Identifier);
        Sys.Settings.InjectTopLevelFallback($$"""
            akka.actor {
              serializers.later = "{{Name(typeof(LaterSerializer))}}"
              serialization-bindings { "{{Name(typeof(Later))}}" = later }
            }
            """);
        Assert.Equal(1002, Sys.Serialization.FindSerializerFor(new Later()).Identifier);
    }

    private static string Name(Type type) => $"{type.FullName}, {type.Assembly.GetName().Name}";

    public interface IUpper
    {
        string Text { get; }
    }

    public sealed record Shout(string Text) : IUpper;

    public sealed record Special(string Text) : IUpper;

    public sealed class Later;

    public sealed class Unverified : INoSerializationVerificationNeeded;

    public sealed class Poco
    {
        public string? Name { get; set; }

        public int[]? Numbers { get; set; }

        public Poco? Inner { get; set; }
    }

    public sealed class Anything
    {
        public object? Value { get; set; }

        public object? Other { get; set; }
    }

    public sealed class WithReference
    {
        public IActorRef? Reference { get; set; }
    }

    public sealed class Upper(ExtendedActorSystem system) : SerializerWithStringManifest(system)
    {
        public override int Identifier => 1001;

        public override string Manifest(object o) => "S";

        public override byte[] ToBinary(object obj) => Encoding.UTF8.GetBytes(((IUpper)obj).Text.ToUpperInvariant());

        public override object FromBinary(byte[] bytes, string manifest) => manifest == "S"
            ? new Shout(Encoding.UTF8.GetString(bytes))
            : throw new ArgumentException($"Unknown manifest {manifest}", nameof(manifest));
    }

    public sealed class Plain(ExtendedActorSystem system) : Serializer(system)
    {
        public override bool IncludeManifest => true;

        public override byte[] ToBinary(object obj) => Encoding.UTF8.GetBytes(((IUpper)obj).Text);

        public override object FromBinary(byte[] bytes, Type? type) => new Special(Encoding.UTF8.GetString(bytes));
    }

    public sealed class LaterSerializer(ExtendedActorSystem system) : Serializer(system)
    {
        public override int Identifier => 1002;

        public override bool IncludeManifest => false;

        public override byte[] ToBinary(object obj) => [];

        public override object FromBinary(byte[] bytes, Type? type) => new Later();
    }
}
