namespace AkkaReplication.Protocol.Generator;

/// <summary>The C# that decodes and encodes the fields of one message or struct.</summary>
internal sealed class FieldCode(SourceText source, Schema schema)
{
    private string FlexibleCondition => schema.Flexible.Condition(schema.Versions);

    public void Properties(List<Field> fields)
    {
        foreach (var field in fields)
        {
            source.Line();
            source.Summary(Describe(field));
            var initial = CSharpType.IsCleared(field) ? "" : $" = {CSharpType.DefaultOf(field)};";
            source.Line($"public {CSharpType.Of(field)} {field.Property} {{ get; set; }}{initial}");
        }
    }

    /// <summary>Statements that set every field from <c>reader</c>; one that the version lacks gets its default.</summary>
    public void Read(List<Field> fields)
    {
        FlexibleVariable(fields);
        foreach (var field in fields.Where(f => f.Tag is null))
        {
            var condition = field.Versions.Condition(schema.Versions);
            var read = $"{field.Property} = {ReadExpression(field)};";
            if (condition == "true")
            {
                source.Line(read);
                continue;
            }

            source.Line($"if ({condition})");
            source.Line($"    {read}");
            if (CSharpType.IsCleared(field))
                continue;
            source.Line("else");
            source.Line($"    {field.Property} = {CSharpType.DefaultOf(field)};");
        }

        if (schema.Flexible.And(schema.Versions).IsEmpty)
            return;

        var tagged = fields.Where(f => f.Tag is not null).OrderBy(f => f.Tag).ToList();
        foreach (var field in tagged.Where(f => !CSharpType.IsCleared(f)))
            source.Line($"{field.Property} = {CSharpType.DefaultOf(field)};");
        if (tagged.Count == 0)
        {
            source.Line("if (flexible)");
            source.Line("    reader.SkipTags();");
            return;
        }

        source.Open("if (flexible)");
        source.Open("for (var left = reader.ReadTagCount(); left > 0; left--)");
        source.Open("switch (reader.BeginTag(out var end))");
        foreach (var field in tagged)
        {
            var condition = field.Versions.Condition(schema.Versions.And(schema.Flexible));
            source.Line($"case {field.Tag}{(condition == "true" ? "" : $" when {condition}")}:");
            if (field.IsStruct && !field.IsArray)
            {
                source.Line($"    {field.Property} = reader.ReadStruct<{field.Type}>(version);");
            }
            else
            {
                source.Line($"    {field.Property} = {ReadExpression(field)};");
            }

            source.Line("    break;");
        }

        source.Close();
        source.Line();
        source.Line("reader.EndTag(end);");
        source.Close();
        source.Close();
    }

    /// <summary>Statements that put every field of the version into <c>writer</c>.</summary>
    public void Write(List<Field> fields)
    {
        FlexibleVariable(fields);
        foreach (var field in fields.Where(f => f.Tag is null))
        {
            var condition = field.Versions.Condition(schema.Versions);
            if (condition != "true")
                source.Line($"if ({condition})");
            source.Line($"{(condition == "true" ? "" : "    ")}{WriteStatement(field)}");
            if (condition == "true" || !field.Strict)
                continue;
            source.Line($"else if ({CSharpType.IsSet(field)})");
            source.Line($"    writer.RefuseField(\"{field.Path}\");");
        }

        foreach (var field in fields.Where(f => f.Tag is not null && f.Strict))
        {
            source.Line($"if (!({field.Versions.Condition(schema.Versions)}) && {CSharpType.IsSet(field)})");
            source.Line($"    writer.RefuseField(\"{field.Path}\");");
        }

        if (schema.Flexible.And(schema.Versions).IsEmpty)
            return;

        var tagged = fields.Where(f => f.Tag is not null).OrderBy(f => f.Tag).ToList();
        if (tagged.Count == 0)
        {
            source.Line("if (flexible)");
            source.Line("    writer.WriteTagCount(0);");
            return;
        }

        source.Open("if (flexible)");
        foreach (var field in tagged)
        {
            var condition = field.Versions.Condition(schema.Versions.And(schema.Flexible));
            var also = condition == "true" ? "" : $"{condition} && ";
            source.Line($"var has{field.Property} = {also}{CSharpType.IsSet(field)};");
        }

        source.Line($"writer.WriteTagCount({string.Join(" + ", tagged.Select(f => $"(has{f.Property} ? 1 : 0)"))});");
        foreach (var field in tagged)
        {
            source.Open($"if (has{field.Property})");
            source.Line($"var start = writer.BeginTag({field.Tag});");
            source.Line(field.IsStruct && !field.IsArray
                ? $"writer.WriteStruct({field.Property}!.Value, version);"
                : WriteStatement(field));
            source.Line("writer.EndTag(start);");
            source.Close();
        }

        source.Close();
    }

    /// <summary>An expression for the fewest bytes that these fields take in <c>version</c>.</summary>
    public string MinSize(List<Field> fields)
    {
        var constant = 0;
        var terms = new List<string>();
        foreach (var field in fields.Where(f => f.Tag is null))
        {
            var condition = field.Versions.Condition(schema.Versions);
            var (classic, compact) = SizeOf(field);
            if (condition == "true" && classic == compact)
                constant += classic;
            else if (classic == compact || FlexibleCondition is "false")
                terms.Add(condition == "true" ? $"{classic}" : $"({condition} ? {classic} : 0)");
            else if (condition == "true")
                terms.Add($"({FlexibleCondition} ? {compact} : {classic})");
            else
                terms.Add($"({condition} ? {FlexibleCondition} ? {compact} : {classic} : 0)");
        }

        if (FlexibleCondition != "false")
            terms.Add($"({FlexibleCondition} ? 1 : 0)");
        terms.Insert(0, $"{constant}");
        return string.Join(" + ", terms);
    }

    private static (int Classic, int Compact) SizeOf(Field field)
    {
        if (field.IsArray)
            return (4, 1);
        return field.Type switch
        {
            "bool" or "int8" => (1, 1),
            "int16" or "error" => (2, 2),
            "int32" => (4, 4),
            "int64" or "float64" => (8, 8),
            "uuid" => (16, 16),
            "string" => (2, 1),
            "bytes" or "records" => (4, 1),
            _ => throw new SchemaException(field.Line, $"{field.Name}: the least size of {field.Type} is not known"),
        };
    }

    /// <summary>Declares <c>flexible</c> if a statement below will ask for it.</summary>
    private void FlexibleVariable(List<Field> fields)
    {
        var asked = !schema.Flexible.And(schema.Versions).IsEmpty
            || fields.Any(f => f.IsArray || f.Type is "string" or "bytes" or "records");
        if (!asked)
            return;

        if (FlexibleCondition is "true" or "false")
            source.Line($"const bool flexible = {FlexibleCondition};");
        else
            source.Line($"var flexible = {FlexibleCondition};");
    }

    private string ReadExpression(Field field)
    {
        var nullable = $"nullable: {field.Nullable.Condition(field.Versions.And(schema.Versions))}";
        var never = field.CanBeNull ? "" : "!";
        if (field.IsArray)
        {
            return field.IsStruct
                ? $"reader.ReadArray<{field.Type}>(version, flexible, {nullable}, \"{field.Path}\"){never}"
                : $"reader.Read{Primitive(field)}Array(flexible, {nullable}, \"{field.Path}\"){never}";
        }

        return field.Type switch
        {
            "string" when field.Interned => $"reader.ReadInternedString(flexible, {nullable}, \"{field.Path}\"){never}",
            "string" => $"reader.ReadString(flexible, {nullable}, \"{field.Path}\"){never}",
            "bytes" or "records" => field.CanBeNull
                ? $"reader.ReadNullableBytes(flexible, {nullable}, \"{field.Path}\")"
                : $"reader.ReadBytes(flexible, \"{field.Path}\")",
            "error" => $"(global::AkkaReplication.ErrorCode)reader.ReadInt16(\"{field.Path}\")",
            _ => $"reader.Read{Primitive(field)}(\"{field.Path}\")",
        };
    }

    private string WriteStatement(Field field)
    {
        var nullable = $"nullable: {field.Nullable.Condition(field.Versions.And(schema.Versions))}";
        if (field.IsArray)
        {
            return field.IsStruct
                ? $"writer.WriteArray({field.Property}, version, flexible, {nullable}, \"{field.Path}\");"
                : $"writer.Write{Primitive(field)}Array({field.Property}, flexible, {nullable}, \"{field.Path}\");";
        }

        return field.Type switch
        {
            "string" => $"writer.WriteString({field.Property}, flexible, {nullable}, \"{field.Path}\");",
            "bytes" or "records" =>
                $"writer.Write{Primitive(field)}({field.Property}, flexible, {nullable}, \"{field.Path}\");",
            "error" => $"writer.WriteInt16((short){field.Property});",
            _ => $"writer.Write{Primitive(field)}({field.Property});",
        };
    }

    private static string Primitive(Field field) => field.Type switch
    {
        "bool" => "Boolean",
        var type => char.ToUpperInvariant(type[0]) + type.Substring(1),
    };

    private string Describe(Field field)
    {
        var text = field.Doc.Length > 0 ? field.Doc : Words(field.Name);
        var notes = new List<string>();
        if (!field.Versions.Covers(schema.Versions))
            notes.Add($"versions {field.Versions}");
        if (field.CanBeNull)
        {
            var always = field.Nullable.Covers(field.Versions.And(schema.Versions));
            notes.Add(always ? "may be null" : $"may be null in versions {field.Nullable}");
        }

        if (field.Default is { } value && value != "null")
            notes.Add($"{value} unless set");
        var end = notes.Count == 0 ? "" : $" ({string.Join("; ", notes)})";
        text = char.ToUpperInvariant(text[0]) + text.Substring(1).TrimEnd('.');
        return $"{text}{end}.";
    }

    /// <summary>camelCase as words.</summary>
    private static string Words(string name) =>
        string.Concat(name.Select(c => char.IsUpper(c) ? $" {char.ToLowerInvariant(c)}" : $"{c}"));
}
