#include "app/cli/command.h"

#include "core/base/error.h"
#include "core/base/utf8.h"

namespace orrery::cli {

std::string requireUtf8(std::string text, std::string_view source) {
  const std::size_t at = utf8::firstInvalid(text);
  if (at != text.npos)
    throw Error(ErrorKind::kInvalidInput, "expected UTF-8, found the byte 0x{:02X} at {}",
                static_cast<unsigned char>(text[at]), at)
        .in(source);
  return text;
}

CLI::Option* addIdsOption(CLI::App& app, const std::string& name, std::vector<int>& ids,
                          const std::string& description) {
  const auto notEmpty = [](const std::string& text) {
    return text.empty() ? std::string("expected token ids as 1,2,3, found none") : std::string();
  };
  return app.add_option(name, ids, description)
      ->delimiter(',')
      ->check(CLI::Validator(notEmpty, "ID"));
}

}  // namespace orrery::cli
