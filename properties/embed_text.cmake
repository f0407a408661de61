# Writes a C++ source that holds INPUT as the one string NAME: cmake -DINPUT=... -DNAME=... -DOUTPUT=... -P embed_text.cmake
file(READ ${INPUT} text)
file(
  WRITE ${OUTPUT}
  "#include <string_view>\n\nnamespace xent::properties {\nextern const std::string_view ${NAME};\n"
  "const std::string_view ${NAME} = R\"xent(${text})xent\";\n}  // namespace xent::properties\n")
