import os
TOKEN_LIMIT = 4096
token = os.environ["GITHUB_TOKEN"]
password = getpass.getpass("Password: ")
secret_name = "prod/crm/database-password-2026"
session_token_header = "X-Session-Token-2026-v1"
sha = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
uuid = "0b7e6a58-1f5c-4f7e-9f7d-2f7f4a9d0c11"
api_key_help = "create a key at https://example.com/keys?id=12345678"
integrity = "sha512-4Wz9TjQ0m0FzXv0mA7F6o7Hk1sC1yC1T0v4H4k2lYw0V0Q6o6hYwYf7o2B8nXW9d1C2vK1jv2pQ9qKQm4m3n5A=="
png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
