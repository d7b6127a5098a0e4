#include "core/hub/credentials.h"

#include <sys/stat.h>

#include <sstream>

#include "core/base/file.h"
#include "core/base/json.h"
#include "core/hub/http_fetch.h"

namespace orrery::hub {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kAnswerLimit = 1u << 20;
constexpr std::uint64_t kStoreLimit = 1u << 20;

/// The file appears with its rights: it is written under a mask that leaves the user's only.
void writeSecret(const fs::path& path, const std::string& content) {
  const mode_t before = ::umask(0077);
  try {
    fs::create_directories(path.parent_path());
    writeFileAtomically(path, content);
  } catch (const fs::filesystem_error& error) {
    ::umask(before);
    throw Error(ErrorKind::kIo, "cannot be made: {}", error.code().message())
        .in(path.parent_path().string());
  } catch (...) {
    ::umask(before);
    throw;
  }
  ::umask(before);
}

/// The text of an INI file without the section of that name.
std::string withoutSection(const std::string& text, const std::string& name) {
  std::istringstream lines(text);
  std::string result;
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('[')) inside = line == "[" + name + "]";
    if (!inside) result += line + "\n";
  }
  return result;
}

/// A name that can stand between the brackets of a section.
std::string sectionName(const std::string& name) {
  std::string result;
  for (const char c : name)
    if (static_cast<unsigned char>(c) >= ' ' && c != '[' && c != ']') result += c;
  return result.empty() || result == "DEFAULT" ? "orrery" : result;
}

}  // namespace

Account whoAmI(HttpClient& client, const CancelToken& cancel) {
  const std::string endpoint = client.settings().endpoint;
  if (!client.settings().token)
    throw Error(ErrorKind::kNotFound, "not logged in; see orrery-cli hub login").in(endpoint);
  Request request;
  request.url = endpoint + "/api/whoami-v2";
  const Response response = fetch(client, request, cancel, {.bodyLimit = kAnswerLimit});
  if (response.status() == 401)
    throw Error(ErrorKind::kInvalidInput, "the hub does not know this token, or it has ended")
        .in(endpoint);
  requireSuccess(response.path, endpoint);
  const Json document = parseJson(response.body, "whoami");
  const JsonField field(document, "whoami");
  Account account{
      field.require<std::string>("name"), field.get<std::string>("fullname", ""), {}, ""};
  if (const auto organizations = field.find("orgs"))
    for (const JsonField& each : organizations->elements())
      account.organizations.push_back(each.require<std::string>("name"));
  if (const auto auth = field.find("auth"))
    if (const auto token = auth->find("accessToken"))
      account.tokenName = token->get<std::string>("displayName", "");
  return account;
}

void saveToken(const Settings& settings, const Token& token, const std::string& name) {
  std::error_code ignored;
  const std::string section = sectionName(name);
  std::string kept;
  if (fs::exists(settings.storedTokensFile, ignored))
    kept = withoutSection(readTextFile(settings.storedTokensFile, kStoreLimit), section);
  writeSecret(settings.storedTokensFile,
              kept + "[" + section + "]\nhf_token = " + token.reveal() + "\n\n");
  writeSecret(settings.tokenFile, token.reveal());
}

bool forgetTokens(const Settings& settings) {
  std::error_code failure;
  bool any = false;
  for (const fs::path& file : {settings.tokenFile, settings.storedTokensFile}) {
    any = fs::remove(file, failure) || any;
    if (failure)
      throw Error(ErrorKind::kIo, "cannot be deleted: {}", failure.message()).in(file.string());
  }
  return any;
}

}  // namespace orrery::hub
