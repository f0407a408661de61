# Writes a C++ source that holds INPUT as one string: cmake -DINPUT=... -DOUTPUT=... -P embed_license.cmake
file(READ ${INPUT} text)
file(
  WRITE ${OUTPUT}
  "#include <string_view>\n\nnamespace xent::properties {\nextern const std::string_view kLicenseText;\n"
  "const std::string_view kLicenseText = R\"xent(${text})xent\";\n}  // namespace xent::properties\n")
