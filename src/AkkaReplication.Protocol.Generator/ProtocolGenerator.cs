using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace AkkaReplication.Protocol.Generator;

/// <summary>Makes a class of every message in the project's <c>.schema</c> files, and one table of the APIs.</summary>
[Generator(LanguageNames.CSharp)]
public sealed class ProtocolGenerator : IIncrementalGenerator
{
    private static readonly DiagnosticDescriptor BadSchema = new(
        "PROTOCOL001", "A schema is malformed", "{0}", "Protocol", DiagnosticSeverity.Error, isEnabledByDefault: true);

    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        var files = context.AdditionalTextsProvider
            .Where(static file => file.Path.EndsWith(".schema", StringComparison.Ordinal));
        var schemas = files.Select(static (file, stop) => ParsedFile.From(file, stop));
        context.RegisterSourceOutput(schemas, static (output, file) => AddMessages(output, file));
        context.RegisterSourceOutput(schemas.Collect(), static (output, all) =>
        {
            var good = all.Select(f => f.Schema).OfType<Schema>().ToList();
            if (good.Count > 0)
                output.AddSource("KafkaApis.g.cs", ApiTableSource.Of(good));
        });
    }

    private static void AddMessages(SourceProductionContext output, ParsedFile file)
    {
        if (file.Schema is { } schema)
        {
            foreach (var message in schema.Messages)
            {
                try
                {
                    output.AddSource($"{message.Name}.g.cs", MessageSource.Of(schema, message));
                }
                catch (SchemaException e)
                {
                    output.ReportDiagnostic(Diagnostic.Create(BadSchema, At(file.Path, e.Line), e.Message));
                }
            }
        }
        else
        {
            output.ReportDiagnostic(Diagnostic.Create(BadSchema, At(file.Path, file.Error!.Line), file.Error.Message));
        }
    }

    private static Location At(string path, int line)
    {
        var position = new LinePosition(Math.Max(0, line - 1), 0);
        return Location.Create(path, default, new LinePositionSpan(position, position));
    }

    /// <summary>
    /// A file's schema or what is wrong with it. Two of the same text are equal, so that unchanged files are not generated anew.
    /// </summary>
    private sealed class ParsedFile : IEquatable<ParsedFile>
    {
        private readonly string _text;

        private ParsedFile(string path, string text)
        {
            Path = path;
            _text = text;
            try
            {
                Schema = SchemaParser.Parse(text);
            }
            catch (SchemaException e)
            {
                Error = e;
            }
        }

        public string Path { get; }

        public Schema? Schema { get; }

        public SchemaException? Error { get; }

        public static ParsedFile From(AdditionalText file, CancellationToken stop) =>
            new(file.Path, file.GetText(stop)?.ToString() ?? "");

        public bool Equals(ParsedFile? other) => other is not null && other.Path == Path && other._text == _text;

        public override bool Equals(object? obj) => Equals(obj as ParsedFile);

        public override int GetHashCode() => _text.GetHashCode();
    }
}
