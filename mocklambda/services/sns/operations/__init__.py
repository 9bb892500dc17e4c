"""SNS's API operations, by what they are about."""

from mocklambda.services.service import operation_table
from mocklambda.services.sns.operations import publishing, subscriptions, topics

OPERATIONS = {
    **operation_table(vars(topics)),
    **operation_table(vars(subscriptions)),
    **operation_table(vars(publishing)),
}
