#pragma once

#include <string>
#include <vector>

#include "core/base/cancel.h"
#include "core/hub/http_client.h"

namespace orrery::hub {

/// Whose token it is, as the hub says.
struct Account {
  std::string name;
  std::string fullName;
  std::vector<std::string> organizations;
  std::string tokenName;  ///< the name its owner gave the token
};

/// Asks the hub. An Error if there is no token or the hub does not know it.
Account whoAmI(HttpClient& client, const CancelToken& cancel = {});

/// Makes `token` the active one and keeps it under its name, in the files that huggingface_hub
/// reads; only the user may read them.
void saveToken(const Settings& settings, const Token& token, const std::string& name);

/// Forgets all tokens; false if there were none.
bool forgetTokens(const Settings& settings);

}  // namespace orrery::hub
