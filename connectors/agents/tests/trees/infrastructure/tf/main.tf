# resource "aws_bedrockagent_agent" "commented" {
resource "aws_bedrockagent_agent" "sales" {
  agent_name              = "sales"
  agent_resource_role_arn = "arn:aws:iam::000000000000:role/sales-agent"
  instruction             = <<EOT
resource "aws_bedrockagent_agent" "quoted" {
EOT
}

resource "aws_bedrockagent_agent" "referenced" {
  agent_name              = "referenced"
  agent_resource_role_arn = aws_iam_role.agent.arn
}
