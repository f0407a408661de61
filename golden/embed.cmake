# Writes OUTPUT, the definition of stored_texts() (golden/stored_text.h), from FILES.
#
#   cmake -DOUTPUT=stored_text.cc "-DFILES=a.jsonl;b.jsonl" -P embed.cmake
#
# A raw string holds a line of JSON as it is; no text of ours ends in the delimiter.
set(texts)
foreach(file IN LISTS FILES)
  get_filename_component(name ${file} NAME)
  file(READ ${file} text)
  string(APPEND texts "    {\"${name}\", R\"embed(${text})embed\"},\n")
endforeach()
file(
  WRITE ${OUTPUT}
  "#include \"golden/stored_text.h\"\n\nnamespace xent::golden {\nnamespace {\n\n"
  "constexpr StoredText kTexts[] = {\n${texts}    {\"\", \"\"},\n};\n\n}  // namespace\n\n"
  "std::span<const StoredText> stored_texts() {\n  return kTexts;\n}\n\n}  // namespace xent::golden\n")
