from crewai import Agent, Crew
import os

serper = os.environ["SERPER_API_KEY"]
fallback = "@@generic:fallback@@"
api_key = "@@generic:code@@"

crew = Crew(name="sales", agents=[Agent(role="x")])
